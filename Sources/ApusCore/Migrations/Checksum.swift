import Crypto

/// A SHA-256 digest, written as 64 lower-case hexadecimal digits.
public struct Checksum: Hashable, Sendable, CustomStringConvertible {
    /// 64 characters out of `0-9a-f`.
    public let hex: String

    /// Takes 64 hexadecimal digits; anything else is `nil`.
    public init?(hex: String) {
        guard hex.utf8.count == 64 else { return nil }
        var isLowered = true
        for byte in hex.utf8 {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"): break
            case UInt8(ascii: "A")...UInt8(ascii: "F"): isLowered = false
            default: return nil
            }
        }
        self.hex = isLowered ? hex : hex.lowercased()
    }

    init(_ digest: SHA256Digest) {
        let digits = Array("0123456789abcdef".utf8)
        var characters: [UInt8] = []
        characters.reserveCapacity(64)
        for byte in digest {
            characters.append(digits[Int(byte >> 4)])
            characters.append(digits[Int(byte & 15)])
        }
        hex = String(decoding: characters, as: UTF8.self)
    }

    /// The digest of a file's bytes after one leading byte order mark is taken off and every CRLF
    /// is read as LF, so that a checkout on Windows gives the same checksum (FORMATS.md).
    public init(normalising buffer: UnsafeRawBufferPointer) {
        var hash = SHA256()
        var start = buffer.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
        var index = start
        while index < buffer.count {
            if buffer[index] == 0x0D, index + 1 < buffer.count, buffer[index + 1] == 0x0A {
                hash.update(bufferPointer: UnsafeRawBufferPointer(rebasing: buffer[start..<index]))
                start = index + 1
            }
            index += 1
        }
        hash.update(bufferPointer: UnsafeRawBufferPointer(rebasing: buffer[start...]))
        self.init(hash.finalize())
    }

    /// The digest of the UTF-8 bytes of a text.
    public init(of text: String) {
        self.init(SHA256.hash(data: Array(text.utf8)))
    }

    /// The first twelve digits, for people.
    public var short: String { String(hex.prefix(12)) }

    public var description: String { hex }
}
