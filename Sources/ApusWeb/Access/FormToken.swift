import ApusEngine
import Crypto
import Foundation

/// What a form carries to prove that this server drew it for this session: W1.
///
/// `NONCE.MAC`: the nonce also makes each drawn form one action, however often it is sent (W11).
struct FormTokens: Sendable {
    private let key: SymmetricKey

    /// - Parameter secret: What every process that serves the same pages knows, so that a form that
    ///   one has drawn is taken by all; without one, only by this one.
    init(secret: Secret? = nil) {
        key =
            secret.map {
                HKDF<SHA256>.deriveKey(
                    inputKeyMaterial: SymmetricKey(data: Data($0.revealed.utf8)),
                    info: Data("apus form tokens".utf8), outputByteCount: 32)
            } ?? SymmetricKey(size: .bits256)
    }

    /// A fresh token for a session.
    func make(for session: String) -> String {
        let nonce = Opaque.random(bytes: 16)
        return "\(nonce).\(mac(nonce, session))"
    }

    /// The nonce of a token that was made for the session; `nil` for any other text. Takes the same
    /// time for every wrong token of the same shape.
    func nonce(of token: String, for session: String) -> String? {
        let parts = token.split(separator: ".", maxSplits: 1).map(String.init)
        guard parts.count == 2, parts[0].utf8.count == 32,
            let given = Opaque.bytes(hex: parts[1])
        else { return nil }
        let isValid = HMAC<SHA256>.isValidAuthenticationCode(
            given, authenticating: message(parts[0], session), using: key)
        return isValid ? parts[0] : nil
    }

    private func mac(_ nonce: String, _ session: String) -> String {
        Opaque.hex(
            HMAC<SHA256>.authenticationCode(for: message(nonce, session), using: key))
    }

    private func message(_ nonce: String, _ session: String) -> Data {
        Data("form\0\(nonce)\0\(session)".utf8)
    }
}

/// Values that nobody can guess, and names that tell nothing.
enum Opaque {
    static func random(bytes count: Int) -> String {
        var generator = SystemRandomNumberGenerator()
        return hex((0..<count).map { _ in UInt8.random(in: .min ... .max, using: &generator) })
    }

    /// A name for something that must not be addressed by its own: W9.
    static func id(of name: String) -> String {
        String(hex(SHA256.hash(data: Data(name.utf8))).prefix(20))
    }

    static func hex(_ bytes: some Sequence<UInt8>) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(
            decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] },
            as: UTF8.self)
    }

    static func bytes(hex text: String) -> [UInt8]? {
        let digits = text.utf8.map { Character(UnicodeScalar($0)).hexDigitValue }
        guard digits.count.isMultiple(of: 2), !digits.contains(nil) else { return nil }
        let values = digits.compactMap(\.self)
        return stride(from: 0, to: values.count, by: 2).map {
            UInt8(values[$0] << 4 | values[$0 + 1])
        }
    }
}
