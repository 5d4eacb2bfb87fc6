import Crypto
import Foundation

/// Texts that nobody can guess.
enum Secrets {
    static func random(bytes count: Int = 24) -> String {
        var generator = SystemRandomNumberGenerator()
        return hex((0..<count).map { _ in UInt8.random(in: .min ... .max, using: &generator) })
    }

    /// A password that can be typed from a screen: `k7m2-x9qd-…`
    static func password() -> String {
        var generator = SystemRandomNumberGenerator()
        let letters = Array("abcdefghjkmnpqrstuvwxyz23456789")
        return (0..<4).map { _ in
            String((0..<4).map { _ in letters.randomElement(using: &generator) ?? "x" })
        }.joined(separator: "-")
    }

    static func digest(_ text: String) -> String { hex(SHA256.hash(data: Data(text.utf8))) }

    /// Whether two texts are equal, in a time that does not tell where they differ.
    static func equal(_ left: String, _ right: String) -> Bool {
        let key = SymmetricKey(size: .bits256)
        return HMAC<SHA256>.isValidAuthenticationCode(
            HMAC<SHA256>.authenticationCode(for: Data(left.utf8), using: key),
            authenticating: Data(right.utf8), using: key)
    }

    private static func hex(_ bytes: some Sequence<UInt8>) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
