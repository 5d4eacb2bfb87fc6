public import SystemPackage

/// How one kind of database is copied to a file, and how such a file is proven readable.
public protocol BackupSource: Sendable {
    /// The file's ending without a dot: `dump`, `sqlite`.
    var fileExtension: String { get }

    /// Whether a backup could be made now: tools found and new enough. Throws `backupToolMissing`
    /// with the package to install.
    func check() async throws(DatabaseError)

    /// Writes a consistent copy of the whole database into `path`, which is there, empty, mode 0600.
    ///
    /// Throws `backupFailed`. `progress` gets the bytes written so far.
    func write(
        to path: FilePath, progress: @escaping @Sendable (Int64) -> Void
    ) async throws(DatabaseError) -> BackupContents

    /// Reads the whole file back as a restore would. Throws `backupDamaged`.
    func readBack(_ path: FilePath) async throws(DatabaseError)
}

/// What a backup holds, as of the moment that it shows.
public struct BackupContents: Hashable, Sendable {
    /// `PostgreSQL 15.8`
    public var server: String
    /// `pg_dump 15.8`, `sqlite3_backup 3.40.1`
    public var tool: String
    /// Qualified name and number of rows, sorted by name.
    public var tables: [Table]

    public init(server: String, tool: String, tables: [Table]) {
        self.server = server
        self.tool = tool
        self.tables = tables
    }

    public struct Table: Hashable, Sendable {
        public var name: String
        public var rows: Int64

        public init(name: String, rows: Int64) {
            self.name = name
            self.rows = rows
        }
    }
}
