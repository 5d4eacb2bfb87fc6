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

    /// Whether it is a type of the server's own, under one of the names that the parser gives or people
    /// write.
    var isBuiltIn: Bool { name.schema == nil && Self.builtIn.contains(name.name) }

    private static let builtIn: Set = [
        "bool", "int2", "int4", "int8", "float4", "float8", "numeric", "money", "text", "varchar",
        "bpchar", "char", "name", "bytea", "date", "time", "timetz", "timestamp", "timestamptz",
        "interval", "uuid", "json", "jsonb", "jsonpath", "xml", "inet", "cidr", "macaddr",
        "macaddr8", "bit", "varbit", "point", "line", "lseg", "box", "path", "polygon", "circle",
        "tsvector", "tsquery", "int4range", "int8range", "numrange", "daterange", "tsrange",
        "tstzrange", "int4multirange", "int8multirange", "nummultirange", "datemultirange",
        "tsmultirange", "tstzmultirange", "oid", "regclass", "regproc", "regtype", "serial2",
        "serial4", "serial8", "smallserial", "serial", "bigserial", "pg_lsn", "xid8",
    ]

    var description: String {
        let size = modifiers.isEmpty ? "" : "(\(modifiers.map(String.init).joined(separator: ",")))"
        return "\(name)\(size)\(isArray ? "[]" : "")"
    }
}
