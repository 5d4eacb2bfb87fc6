import Crypto
import CryptoExtras
import Foundation

/// A password as it is kept: derived with scrypt (RFC 7914), written `$scrypt$ln=15,r=8,p=1$SALT$KEY`.
public struct PasswordHash: Hashable, Sendable {
    private let rounds: Int
    private let blockSize: Int
    private let parallelism: Int
    private let salt: [UInt8]
    private let key: [UInt8]

    /// Hashes a password with a fresh salt: 32 MiB and about a tenth of a second.
    public init(of password: String) throws {
        let salt = [UInt8](AES.GCM.Nonce()) + [UInt8](AES.GCM.Nonce().prefix(4))
        try self.init(password, rounds: 1 << 15, blockSize: 8, parallelism: 1, salt: salt)
    }

    /// A hash of no password that takes as long as the slowest of the others; `nil` where there are
    /// none.
    static func decoy(among hashes: some Collection<PasswordHash>) -> PasswordHash? {
        func cost(_ hash: PasswordHash) -> Int { hash.rounds * hash.blockSize * hash.parallelism }
        guard let model = hashes.max(by: { cost($0) < cost($1) }) else { return nil }
        // Deriving fails only for costs that `init` refuses.
        return try? PasswordHash(
            Opaque.random(bytes: 16), rounds: model.rounds, blockSize: model.blockSize,
            parallelism: model.parallelism, salt: model.salt, length: model.key.count)
    }

    /// Reads what ``description`` writes; `nil` for anything else, and for costs that are too low to
    /// protect or high enough to stop the server.
    public init?(_ text: String) {
        let parts = text.split(separator: "$").map(String.init)
        guard parts.count == 4, parts[0] == "scrypt",
            let salt = Data(base64Encoded: Self.padded(parts[2])), salt.count >= 8,
            let key = Data(base64Encoded: Self.padded(parts[3])), key.count >= 16
        else { return nil }
        var costs: [String: Int] = [:]
        for pair in parts[1].split(separator: ",") {
            let sides = pair.split(separator: "=")
            guard sides.count == 2, let value = Int(sides[1]) else { return nil }
            costs[String(sides[0])] = value
        }
        guard let exponent = costs["ln"], (10...20).contains(exponent),
            let blockSize = costs["r"], (1...16).contains(blockSize),
            let parallelism = costs["p"], (1...4).contains(parallelism)
        else { return nil }
        rounds = 1 << exponent
        self.blockSize = blockSize
        self.parallelism = parallelism
        self.salt = [UInt8](salt)
        self.key = [UInt8](key)
    }

    init(
        _ password: String, rounds: Int, blockSize: Int, parallelism: Int, salt: [UInt8],
        length: Int = 32
    ) throws {
        let key = try KDF.Scrypt.deriveKey(
            from: Data(password.utf8), salt: Data(salt), outputByteCount: length, rounds: rounds,
            blockSize: blockSize, parallelism: parallelism)
        self.rounds = rounds
        self.blockSize = blockSize
        self.parallelism = parallelism
        self.salt = salt
        self.key = key.withUnsafeBytes { [UInt8]($0) }
    }

    /// Whether it is that password's hash. Takes the same time for every wrong password.
    public func matches(_ password: String) -> Bool {
        // Deriving fails only for costs that `init` refuses.
        guard
            let derived = try? PasswordHash(
                password, rounds: rounds, blockSize: blockSize, parallelism: parallelism,
                salt: salt, length: key.count)
        else { return false }
        var difference: UInt8 = 0
        for (left, right) in zip(derived.key, key) { difference |= left ^ right }
        return difference == 0
    }

    private static func padded(_ text: String) -> String {
        text + String(repeating: "=", count: (4 - text.count % 4) % 4)
    }
}

extension PasswordHash: CustomStringConvertible {
    public var description: String {
        func text(_ bytes: [UInt8]) -> String {
            Data(bytes).base64EncodedString().replacing("=", with: "")
        }
        return
            "$scrypt$ln=\(rounds.trailingZeroBitCount),r=\(blockSize),p=\(parallelism)$\(text(salt))$\(text(key))"
    }
}
