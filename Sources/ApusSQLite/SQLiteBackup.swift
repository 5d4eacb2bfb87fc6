import ApusCore
public import ApusEngine
import GRDB
import GRDBSQLite
public import SystemPackage

public import struct ApusEngine.DatabaseError

/// Copies a SQLite database with its online backup interface, which sees the write-ahead log that a
/// copy of the file would miss.
public struct SQLiteBackup: BackupSource {
    let location: DatabaseLocation
    let registry: Registry

    /// SQLite is inside the process: nothing can be missing.
    public func check() async throws(DatabaseError) -> String { "SQLite's online backup" }

    public func size() async throws(DatabaseError) -> Int64 {
        try requireFile()
        let database = try Connection.open(location)
        defer { database.close() }
        return try await database.read { (database) throws(DatabaseError) in
            try Self.size(of: database)
        }
    }

    public func form(forSize size: Int64, jobs: Int?) -> BackupForm {
        BackupForm(fileExtension: "sqlite")
    }

    public func environment() async throws(DatabaseError) -> ProgramEnvironment {
        ProgramEnvironment(values: ["APUS_DATABASE_FILE": FilePath(location.path).absolute.string])
    }

    public func contents() async throws(DatabaseError) -> BackupContents {
        try requireFile()
        let database = try Connection.open(location)
        defer { database.close() }
        return try await database.read { [registry] (database) throws(DatabaseError) in
            var contents = try Self.contents(of: database)
            contents.tool = ""
            contents.properties = try Self.properties(of: database)
            contents.schema = try SchemaReading(registry: registry).snapshot(of: database)
            return contents
        }
    }

    private func requireFile() throws(DatabaseError) {
        guard location.exists, !location.isInMemory else {
            throw DatabaseError(.backupFailed, "there is no database file \(location.path) to copy")
        }
    }

    public func write(
        to path: FilePath, as form: BackupForm, progress: @escaping @Sendable (Int64) -> Void
    ) async throws(DatabaseError) -> BackupContents {
        try requireFile()
        do throws(DatabaseError) {
            let source = try Connection.open(location)
            defer { source.close() }
            let copy = try Connection.open(DatabaseLocation(path: path.string))
            defer { copy.close() }
            return try await Self.copy(source, to: copy, progress: progress) {
                [registry] (from, to) throws(DatabaseError) in
                failpoint("sqlite.backup.copied")
                var contents = try Self.contents(of: to)
                contents.properties = try Self.properties(of: from)
                contents.schema = try SchemaReading(registry: registry).snapshot(of: to)
                return contents
            }
        } catch {
            if error.code == .interrupted {
                throw DatabaseError(.interrupted, "the backup was interrupted")
            }
            throw DatabaseError(
                .backupFailed, error.message, sqlState: error.sqlState, detail: error.detail)
        }
    }

    public func readBack(_ path: FilePath) async throws(DatabaseError) {
        do throws(DatabaseError) {
            let copy = try Connection.open(DatabaseLocation(path: path.string), readOnly: true)
            defer { copy.close() }
            try await copy.run { (database, _) throws(DatabaseError) in
                try database.transaction("BEGIN DEFERRED") { () throws(DatabaseError) in
                    try Self.checkSize(of: path, in: database)
                    try Self.checkIntegrity(of: path, in: database)
                }
            }
        } catch {
            guard error.code != .backupDamaged else { throw error }
            if error.code == .interrupted {
                throw DatabaseError(.interrupted, "the reading of \(path) was interrupted")
            }
            throw DatabaseError(
                .backupDamaged, "\(path): \(error.message)", sqlState: error.sqlState)
        }
    }

    /// Loads a backup into another file, and does what is left to do there. Throws `restoreFailed`.
    static func load(
        from path: FilePath, into location: DatabaseLocation,
        progress: @escaping @Sendable (Int64) -> Void,
        finish: @escaping @Sendable (Database) throws(DatabaseError) -> Void
    ) async throws(DatabaseError) {
        do throws(DatabaseError) {
            let source = try Connection.open(DatabaseLocation(path: path.string), readOnly: true)
            defer { source.close() }
            let copy = try Connection.open(location)
            defer { copy.close() }
            try await Self.copy(source, to: copy, progress: progress) {
                (_, copy) throws(DatabaseError) in try finish(copy)
            }
        } catch {
            if error.code == .interrupted {
                throw DatabaseError(.interrupted, "the restore was interrupted")
            }
            throw DatabaseError(
                .restoreFailed, error.message, sqlState: error.sqlState, detail: error.detail)
        }
    }

    /// Copies one database to another, and does what is left to do with both. A cancelled task ends it
    /// between two pages, or in the midst of a statement: throws `interrupted`.
    private static func copy<Result: Sendable>(
        _ source: Connection, to copy: Connection,
        progress: @escaping @Sendable (Int64) -> Void,
        finish: @escaping @Sendable (Database, Database) throws(DatabaseError) -> Result
    ) async throws(DatabaseError) -> Result {
        try await source.run { (from, interruption) throws(DatabaseError) in
            // The read transaction makes all steps show the same moment.
            try from.transaction("BEGIN DEFERRED") { () throws(DatabaseError) in
                try copy.runNow { (to) throws(DatabaseError) in
                    interruption.attach(to: to.handle, lockTimeout: Connection.patience) { _ in }
                    defer { interruption.detach(from: to.handle) }
                    try Self.copy(from, to: to, interruption, progress: progress)
                    return try finish(from, to)
                }
            }
        }
    }

    private static func copy(
        _ source: Database, to copy: Database, _ interruption: Interruption,
        progress: @escaping @Sendable (Int64) -> Void
    ) throws(DatabaseError) {
        let pageSize = try mapped {
            try Int64.fetchOne(source, sql: "PRAGMA main.page_size") ?? 4096
        }
        // The caller makes the finished file durable; until then, losing it loses nothing.
        try mapped { try copy.execute(sql: "PRAGMA synchronous = OFF") }
        try mapped {
            try source.backup(to: copy, pagesPerStep: 1024) {
                if interruption.isCancelled { throw DatabaseError.cancelled }
                progress(Int64($0.totalPageCount - $0.remainingPageCount) * pageSize)
            }
        }
        // A database without a single page would be an empty file, which nobody could tell from a
        // lost one: setting the version that it has anyway writes the first page.
        if try mapped({ try Int.fetchOne(copy, sql: "PRAGMA main.page_count") == 0 }) {
            try mapped { try copy.execute(sql: "PRAGMA main.user_version = 0") }
        }
        // A copy that says it is in WAL mode would want files beside it to be read.
        let mode = try mapped {
            try String.fetchOne(copy, sql: "PRAGMA main.journal_mode = DELETE")
        }
        guard mode == "delete" else {
            throw DatabaseError(
                .backupFailed, "the copy stays in journal mode \(mode ?? "unknown")")
        }
    }

    static func checkIntegrity(of path: FilePath, in database: Database) throws(DatabaseError) {
        let problems = try mapped {
            try String.fetchAll(database, sql: "PRAGMA main.integrity_check(10)")
        }
        guard problems == ["ok"] else {
            throw DatabaseError(
                .backupDamaged, "integrity_check of \(path) finds damage",
                detail: problems.joined(separator: "\n"))
        }
    }

    /// What a copy in journal mode `delete` does not show of its original.
    private static func properties(of database: Database) throws(DatabaseError)
        -> [DatabaseProperty]
    {
        let mode = try mapped { try String.fetchOne(database, sql: "PRAGMA main.journal_mode") }
        return mode.map { [DatabaseProperty("journal_mode", $0)] } ?? []
    }

    private static func size(of database: Database) throws(DatabaseError) -> Int64 {
        try mapped {
            try Int64.fetchOne(
                database,
                sql: "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size") ?? 0
        }
    }

    private static func contents(of copy: Database) throws(DatabaseError) -> BackupContents {
        let names = try mapped {
            try String.fetchAll(
                copy,
                sql: """
                    SELECT name FROM pragma_table_list
                    WHERE schema = 'main' AND type = 'table' AND name NOT GLOB 'sqlite_*'
                    ORDER BY name
                    """)
        }
        var tables: [BackupContents.Table] = []
        for name in names {
            let quoted = name.replacing("\"", with: "\"\"")
            let rows = try mapped {
                try Int64.fetchOne(copy, sql: "SELECT count(*) FROM main.\"\(quoted)\"") ?? 0
            }
            tables.append(BackupContents.Table(name: name, rows: rows))
        }
        return BackupContents(
            server: Connection.product, tool: "sqlite3_backup \(Connection.libraryVersion)",
            tables: tables)
    }

    private static func checkSize(of path: FilePath, in database: Database) throws(DatabaseError) {
        let expected = try size(of: database)
        let size = DatabaseLocation(path: path.string).size
        guard size == expected, size > 0 else {
            throw DatabaseError(
                .backupDamaged, "\(path) has \(size) bytes, its header says \(expected)")
        }
    }
}
