/// A statement's text with `$1`, `$2` … in it, where literals are put.
package enum ParameterText {
    /// The text with the literals in their places; `nil` where it asks for one that is not there.
    package static func filled(
        _ sql: String, _ literals: [String], dialect: DatabaseEngine
    ) -> String? {
        let bytes = Array(sql.utf8)
        var text: [UInt8] = []
        var copied = 0
        var lexer = Lexer(dialect: dialect)
        while let token = lexer.next(in: bytes.span) {
            guard token.kind == .parameter, bytes[token.range.lowerBound] == UInt8(ascii: "$"),
                let number = Int(
                    String(decoding: bytes[token.range.dropFirst()], as: UTF8.self))
            else { continue }
            guard literals.indices.contains(number - 1) else { return nil }
            text += bytes[copied..<token.range.lowerBound]
            text += Array(literals[number - 1].utf8)
            copied = token.range.upperBound
        }
        return String(decoding: text + bytes[copied...], as: UTF8.self)
    }
}
