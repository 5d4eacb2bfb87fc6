/// A column's type as a statement writes it, under the server's own name.
struct ColumnType: Hashable, Sendable, CustomStringConvertible {
    /// `int4`, `varchar`, `timestamptz`, or a name of the user's.
    var name: ObjectName
    /// `[10, 2]` of `numeric(10,2)`.
    var modifiers: [Int]
    var isArray: Bool

    /// From a `TypeName`.
    init?(_ node: SyntaxNode) {
        let parts = node.names("names").filter { $0 != "pg_catalog" }
        guard let name = ObjectName(parts: parts) else { return nil }
        self.name = name
        modifiers = node.list("typmods").map { $0["ival"]?.number("ival") ?? 0 }
        isArray = !node.list("arrayBounds").isEmpty
    }

    var description: String {
        let size = modifiers.isEmpty ? "" : "(\(modifiers.map(String.init).joined(separator: ",")))"
        return "\(name)\(size)\(isArray ? "[]" : "")"
    }
}
