public import ApusCore
public import SystemPackage

/// How one kind of database is copied to a file or a folder, and how such a copy is proven readable.
public protocol BackupSource: Sendable {
    /// What a backup would be made with now, found and new enough: `pg_dump 15.8 for a server of
    /// version 15`. Throws `backupToolMissing` with the package to install.
    @discardableResult
    func check() async throws(DatabaseError) -> String

    /// How large the database is, in bytes, as the server counts.
    func size() async throws(DatabaseError) -> Int64

    /// How a backup of a database of `size` bytes lies on disk; `jobs` as the user asked for, `nil`
    /// where that is left to the source.
    func form(forSize size: Int64, jobs: Int?) -> BackupForm

    /// Writes a consistent copy of the whole database into `path`, which is there: an empty file,
    /// mode 0600, or an empty folder, mode 0700, as `form` says.
    ///
    /// Throws `backupFailed`. `progress` gets the bytes written so far.
    func write(
        to path: FilePath, as form: BackupForm, progress: @escaping @Sendable (Int64) -> Void
    ) async throws(DatabaseError) -> BackupContents

    /// Reads the whole copy back as a restore would. Throws `backupDamaged`, or `backupToolMissing` where
    /// a later program is needed.
    func readBack(_ path: FilePath) async throws(DatabaseError)

    /// What the database holds now, as of one moment: what a restored one is compared by.
    func contents() async throws(DatabaseError) -> BackupContents

    /// The variables that a program of the user's needs to reach the same database.
    func environment() async throws(DatabaseError) -> ProgramEnvironment
}

/// Variables for another program.
public struct ProgramEnvironment: Hashable, Sendable {
    public var values: [String: String]
    /// Never shown: taken out of whatever the program prints.
    public var secrets: [String: Secret]

    public init(values: [String: String], secrets: [String: Secret] = [:]) {
        self.values = values
        self.secrets = secrets
    }
}

/// How one backup lies on disk.
public struct BackupForm: Hashable, Sendable {
    /// The name's ending without a dot: `dump`, `dir`, `sqlite`.
    public var fileExtension: String
    /// Whether it is a folder of several files.
    public var isFolder: Bool
    /// How many processes write it at once.
    public var jobs: Int

    public init(fileExtension: String, isFolder: Bool = false, jobs: Int = 1) {
        self.fileExtension = fileExtension
        self.isFolder = isFolder
        self.jobs = jobs
    }
}

/// What a backup holds, as of the moment that it shows.
public struct BackupContents: Hashable, Sendable {
    /// `PostgreSQL 15.8`
    public var server: String
    /// `pg_dump 15.8`, `sqlite3_backup 3.40.1`; empty where nothing was copied.
    public var tool: String
    /// Qualified name and number of rows, sorted by name.
    public var tables: [Table]
    /// What belongs to the database itself and not to anything inside it, in a fixed order.
    public var properties: [DatabaseProperty]

    /// The schema; `nil` where it cannot be told.
    public var schema: SchemaSnapshot?

    public init(
        server: String, tool: String, tables: [Table], properties: [DatabaseProperty] = [],
        schema: SchemaSnapshot? = nil
    ) {
        self.server = server
        self.tool = tool
        self.tables = tables
        self.properties = properties
        self.schema = schema
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

/// One thing that a database has as a whole: its encoding, a setting, a right.
public struct DatabaseProperty: Hashable, Sendable {
    /// Known to the driver alone: `encoding`, `setting search_path`, `journal_mode` …
    public var name: String
    public var value: String

    public init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }
}
