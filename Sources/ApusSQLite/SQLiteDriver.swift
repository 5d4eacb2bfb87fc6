public import ApusCore
public import ApusEngine

/// Migrates a SQLite database in a file.
///
/// Scripts run with sqlite3's own defaults: texts in double quotes are accepted, foreign keys are
/// off. `:memory:` gives each session a database of its own, which lives as long as the session.
public struct SQLiteDriver: Driver {
    let location: DatabaseLocation
    let registry: Registry

    public let engine = DatabaseEngine.sqlite

    /// - Parameters:
    ///   - path: the database's file, which need not exist yet; its folder must.
    ///   - registryPrefix: what the names of Apus's own tables begin with, in ASCII letters and
    ///     underscores.
    public init(path: String, registryPrefix: String = "apus_") {
        location = DatabaseLocation(path: path)
        registry = Registry(prefix: registryPrefix)
    }

    init(location: DatabaseLocation, registry: Registry) {
        self.location = location
        self.registry = registry
    }

    public var target: DatabaseTarget {
        DatabaseTarget(name: location.name, location: location.path)
    }

    public func openSession() async throws(DatabaseError) -> SQLiteSession {
        try SQLiteSession(location: location, registry: registry)
    }

    public var backupSource: SQLiteBackup {
        SQLiteBackup(location: location, registry: registry)
    }

    /// A name without a folder is one beside this database.
    public func named(_ name: String) throws(DatabaseError) -> SQLiteDriver {
        SQLiteDriver(location: try location.beside(name), registry: registry)
    }

    public var restoreTarget: SQLiteRestore {
        SQLiteRestore(location: location, registry: registry)
    }

    /// Beside the database in any case: there is no server that could be started.
    public func rehearsalHost(_ place: RehearsalPlace) throws(DatabaseError) -> any RehearsalHost {
        guard !location.isInMemory else {
            throw DatabaseError(
                .configurationInvalid, "migrations of a database in memory cannot be rehearsed",
                help: ["name a file: --database-url sqlite:PATH"])
        }
        guard place == .beside else {
            throw DatabaseError(
                .configurationInvalid, "SQLite has no server that could be started for a rehearsal",
                help: ["leave it out: apus test"])
        }
        return SQLiteRehearsals(location: location, registry: registry)
    }

    public func schemaScript() async throws(DatabaseError) -> String {
        guard location.exists else { return "" }
        let connection = try Connection.open(location)
        defer { connection.close() }
        return try await connection.read { [registry] (database) throws(DatabaseError) in
            try SchemaScript(registry: registry).text(of: database)
        }
    }
}
