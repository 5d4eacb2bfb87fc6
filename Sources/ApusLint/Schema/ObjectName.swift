/// A table's, index's or type's name, as the server reads it: without quotes, folded to lower case
/// where it had none.
struct ObjectName: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// `nil` for `public`, and where none is written.
    var schema: String?
    var name: String

    init(schema: String? = nil, _ name: String) {
        self.schema = schema == "public" ? nil : schema
        self.name = name
    }

    /// From the parts of a dotted name; a database before the schema is left out.
    init?(parts: [String]) {
        guard let name = parts.last else { return nil }
        self.init(schema: parts.dropLast().last, name)
    }

    var description: String { schema.map { "\($0).\(name)" } ?? name }

    /// Whether it is a table of the server's own.
    var isOfSystem: Bool {
        schema == "pg_catalog" || schema == "information_schema"
            || schema == nil && name.hasPrefix("pg_")
    }

    static func < (one: ObjectName, other: ObjectName) -> Bool {
        (one.schema ?? "", one.name) < (other.schema ?? "", other.name)
    }
}

extension SyntaxNode {
    /// The name in a `RangeVar`.
    var relationName: ObjectName? {
        text("relname").map { ObjectName(schema: text("schemaname"), $0) }
    }

    /// The name of each object of a `DropStmt`.
    var droppedNames: [ObjectName] { list("objects").compactMap(\.droppedName) }

    /// The name that a list or type name spells.
    var droppedName: ObjectName? {
        ObjectName(parts: `is`("TypeName") ? names("names") : names("items"))
    }
}
