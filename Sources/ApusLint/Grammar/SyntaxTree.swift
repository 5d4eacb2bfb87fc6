/// A statement's parse tree.
final class SyntaxTree: Sendable {
    struct Value: Sendable {
        enum Form: UInt8, Sendable { case object, array, string, word }

        var form: Form
        /// Of a member of an object; empty otherwise.
        var key: Range<Int>
        /// A string without its quotes, or a number or word.
        var text: Range<Int>
        /// The index behind the last value inside.
        var end: Int
    }

    let text: [UInt8]
    let values: [Value]

    /// `nil` for what is not JSON.
    init?(json text: [UInt8]) {
        var reader = TreeReader(text)
        guard reader.run() else { return nil }
        self.text = text
        values = reader.values
    }

    /// The first statement's node.
    var statement: SyntaxNode? { statements.first }

    /// The node of each statement.
    var statements: [SyntaxNode] {
        SyntaxNode(tree: self, index: 0).list("stmts").compactMap { $0["stmt"] }
    }

    func key(of index: Int) -> ArraySlice<UInt8> { text[values[index].key] }

    func has(_ key: StaticString, at index: Int) -> Bool {
        let range = values[index].key
        guard range.count == key.utf8CodeUnitCount else { return false }
        return key.withUTF8Buffer { bytes in
            for offset in 0..<bytes.count where text[range.lowerBound + offset] != bytes[offset] {
                return false
            }
            return true
        }
    }

    func decoded(_ range: Range<Int>) -> String {
        let raw = text[range]
        guard raw.contains(UInt8(ascii: "\\")) else { return String(decoding: raw, as: UTF8.self) }
        var units: [UInt16] = []
        var rest = String(decoding: raw, as: UTF8.self).utf16[...]
        while let unit = rest.popFirst() {
            guard unit == UInt16(UInt8(ascii: "\\")), let escape = rest.popFirst() else {
                units.append(unit)
                continue
            }
            switch UInt8(truncatingIfNeeded: escape) {
            case UInt8(ascii: "b"): units.append(0x08)
            case UInt8(ascii: "f"): units.append(0x0C)
            case UInt8(ascii: "n"): units.append(0x0A)
            case UInt8(ascii: "r"): units.append(0x0D)
            case UInt8(ascii: "t"): units.append(0x09)
            case UInt8(ascii: "u"):
                let digits = String(decoding: rest.prefix(4), as: UTF16.self)
                rest = rest.dropFirst(4)
                units.append(UInt16(digits, radix: 16) ?? 0xFFFD)
            default: units.append(escape)
            }
        }
        return String(decoding: units, as: UTF16.self)
    }
}
