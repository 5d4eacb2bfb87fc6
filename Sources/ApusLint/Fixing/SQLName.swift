/// Names as SQL of our own writes them.
enum SQLName {
    /// The longest name of PostgreSQL's, in bytes.
    static let longest = 63

    /// A name with quotes where it needs them.
    static func quoted(_ name: String) -> String {
        let isPlain =
            name.utf8.first.map { $0 == 0x5F || (0x61...0x7A).contains($0) } == true
            && name.utf8.allSatisfy {
                $0 == 0x5F || (0x61...0x7A).contains($0) || (0x30...0x39).contains($0)
            }
        // The grammar knows which words are taken.
        if isPlain,
            case .tree = PostgresGrammar.parse(
                Array("CREATE INDEX \(name) ON \(name) (\(name))".utf8))
        {
            return name
        }
        return "\"\(name.replacing("\"", with: "\"\""))\""
    }

    /// A table's or index's name behind its schema, where one is written.
    static func qualified(_ schema: String?, _ name: String) -> String {
        schema.map { "\(quoted($0)).\(quoted(name))" } ?? quoted(name)
    }
}

extension SyntaxNode {
    /// The name in a `RangeVar`, as the statement writes it.
    var writtenName: String {
        SQLName.qualified(text("schemaname"), text("relname") ?? "")
    }
}
