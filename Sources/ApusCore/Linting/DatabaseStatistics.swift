/// What a database tells of its tables' size and use, for judging what a statement would cost there.
public struct DatabaseStatistics: Hashable, Sendable {
    /// The server's major version (`15`); `nil` for SQLite.
    public var serverVersion: Int?
    /// Apus's own tables are not among them.
    public var tables: [TableStatistics]

    public init(serverVersion: Int? = nil, tables: [TableStatistics]) {
        self.serverVersion = serverVersion
        self.tables = tables
    }
}

/// One table's size and use.
public struct TableStatistics: Hashable, Sendable {
    /// `nil` for SQLite.
    public var schema: String?
    public var name: String
    /// Estimated by the server; `nil` where it has never counted.
    public var rows: Int64?
    /// With indexes and what is stored out of line; `nil` where the database does not tell.
    public var bytes: Int64?
    /// Scans since the server's statistics were last reset; `nil` where nobody counts.
    public var reads: Int64?
    /// Rows inserted, updated and deleted since then.
    public var writes: Int64?

    public init(
        schema: String? = nil, name: String, rows: Int64?, bytes: Int64?, reads: Int64? = nil,
        writes: Int64? = nil
    ) {
        self.schema = schema
        self.name = name
        self.rows = rows
        self.bytes = bytes
        self.reads = reads
        self.writes = writes
    }

    /// Whether reading or rewriting all of it takes no longer than a moment: at most 10,000 rows and
    /// 10 MB, as far as both are known.
    public var isSmall: Bool {
        guard rows != nil || bytes != nil else { return false }
        return rows ?? 0 <= 10_000 && bytes ?? 0 <= 10_000_000
    }
}
