/// Reads the JSON text of a parse tree, as libpg_query writes it, into a flat list of its values.
///
/// A tree is an order of magnitude longer than its statement, and a folder has thousands of
/// statements: values stay where they are in the text and are decoded when somebody asks.
struct TreeReader {
    private let text: [UInt8]
    private var offset = 0
    private(set) var values: [SyntaxTree.Value] = []

    init(_ text: [UInt8]) {
        self.text = text
        values.reserveCapacity(text.count / 16)
    }

    /// Whether the whole text was one JSON value.
    mutating func run() -> Bool {
        read(key: 0..<0) && offset == text.count
    }

    private mutating func read(key: Range<Int>) -> Bool {
        guard offset < text.count else { return false }
        let index = values.count
        values.append(SyntaxTree.Value(form: .word, key: key, text: 0..<0, end: index + 1))
        switch text[offset] {
        case UInt8(ascii: "{"):
            values[index].form = .object
            guard readMembers() else { return false }
        case UInt8(ascii: "["):
            values[index].form = .array
            guard readItems() else { return false }
        case UInt8(ascii: "\""):
            guard let string = readString() else { return false }
            values[index].form = .string
            values[index].text = string
        default:
            let start = offset
            while offset < text.count, !Self.endsWord(text[offset]) { offset += 1 }
            guard offset > start else { return false }
            values[index].text = start..<offset
        }
        values[index].end = values.count
        return true
    }

    private mutating func readMembers() -> Bool {
        offset += 1
        if take(UInt8(ascii: "}")) { return true }
        repeat {
            guard let key = readString(), take(UInt8(ascii: ":")), read(key: key) else {
                return false
            }
        } while take(UInt8(ascii: ","))
        return take(UInt8(ascii: "}"))
    }

    private mutating func readItems() -> Bool {
        offset += 1
        if take(UInt8(ascii: "]")) { return true }
        repeat {
            guard read(key: 0..<0) else { return false }
        } while take(UInt8(ascii: ","))
        return take(UInt8(ascii: "]"))
    }

    /// The range inside the quotes, escapes and all.
    private mutating func readString() -> Range<Int>? {
        guard take(UInt8(ascii: "\"")) else { return nil }
        let start = offset
        while offset < text.count {
            switch text[offset] {
            case UInt8(ascii: "\""):
                offset += 1
                return start..<offset - 1
            case UInt8(ascii: "\\"): offset += 2
            default: offset += 1
            }
        }
        return nil
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard offset < text.count, text[offset] == byte else { return false }
        offset += 1
        return true
    }

    private static func endsWord(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: ",") || byte == UInt8(ascii: "}") || byte == UInt8(ascii: "]")
    }
}
