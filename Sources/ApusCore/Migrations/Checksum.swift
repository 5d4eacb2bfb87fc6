import Crypto

/// A SHA-256 digest, written as 64 lower-case hexadecimal digits.
public struct Checksum: Hashable, Sendable, CustomStringConvertible {
    // The 32 bytes as four numbers, the first one highest, and so without memory of their own: every
    // migration and every row of a history has several, which are copied and compared all the time.
    private let first, second, third, fourth: UInt64

    /// Takes 64 hexadecimal digits; anything else is `nil`.
    public init?(hex: String) {
        guard hex.utf8.count == 64 else { return nil }
        var words = (first: UInt64(0), second: UInt64(0), third: UInt64(0), fourth: UInt64(0))
        for character in hex.utf8 {
            let digit: UInt8
            switch character {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = character - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = character - UInt8(ascii: "a") + 10
            case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = character - UInt8(ascii: "A") + 10
            default: return nil
            }
            // All of them, one digit to the left.
            words.first = words.first << 4 | words.second >> 60
            words.second = words.second << 4 | words.third >> 60
            words.third = words.third << 4 | words.fourth >> 60
            words.fourth = words.fourth << 4 | UInt64(digit)
        }
        (first, second, third, fourth) = words
    }

    init(_ digest: SHA256Digest) {
        func word(_ index: Int) -> UInt64 {
            digest.withUnsafeBytes {
                UInt64(bigEndian: $0.loadUnaligned(fromByteOffset: 8 * index, as: UInt64.self))
            }
        }
        (first, second, third, fourth) = (word(0), word(1), word(2), word(3))
    }

    /// 64 characters out of `0-9a-f`.
    public var hex: String {
        String(unsafeUninitializedCapacity: 64) { characters in
            func write(_ word: UInt64, at start: Int) {
                for place in 0..<16 {
                    let value = UInt8(truncatingIfNeeded: word >> UInt64(60 - 4 * place) & 15)
                    let digit =
                        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
                    characters.initializeElement(at: start + place, to: digit)
                }
            }
            write(first, at: 0)
            write(second, at: 16)
            write(third, at: 32)
            write(fourth, at: 48)
            return 64
        }
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
