public import ApusCore
public import ApusEngine

/// The driver for PostgreSQL 13 and later, over libpq.
public struct PostgresDriver: Driver {
    public let connection: PostgresConnectionString
    /// The schema that holds the history: `apus` unless two applications share a database.
    public let registrySchema: String
    private let tools: PgTools

    /// `toolsFolder` holds `pg_dump` and `pg_restore`; without it they are looked for in the folders
    /// of `searchPath` (the value of `PATH`), then where Debian's packages put them.
    public init(
        connection: PostgresConnectionString, registrySchema: String = "apus",
        toolsFolder: String? = nil, searchPath: String = "/usr/local/bin:/usr/bin:/bin"
    ) {
        self.connection = connection
        self.registrySchema = registrySchema
        tools = PgTools(folder: toolsFolder, searchPath: searchPath)
    }

    init(
        connection: PostgresConnectionString, registrySchema: String, tools: PgTools
    ) {
        self.connection = connection
        self.registrySchema = registrySchema
        self.tools = tools
    }

    public var engine: DatabaseEngine { .postgres }
    public var target: DatabaseTarget { connection.target }

    public func openSession() async throws(DatabaseError) -> PostgresSession {
        try await openSession(named: "apus")
    }

    public func openLook() async throws(DatabaseError) -> PostgresSession {
        try await openSession(named: PostgresSession.nameOfLooks)
    }

    private func openSession(named name: String) async throws(DatabaseError) -> PostgresSession {
        let session = try PostgresSession(address: connection, names: names, applicationName: name)
        try await session.connect()
        return session
    }

    public var looksAreKeptFor: Duration? { .seconds(5) }

    public var backupSource: PostgresBackup {
        PostgresBackup(address: connection, names: names, tools: tools)
    }

    public func named(_ name: String) throws(DatabaseError) -> PostgresDriver {
        PostgresDriver(
            connection: try connection.named(name), registrySchema: registrySchema, tools: tools)
    }

    public var restoreTarget: PostgresRestore {
        PostgresRestore(address: connection, names: names, tools: tools)
    }

    public func rehearsalHost(_ place: RehearsalPlace) throws(DatabaseError) -> any RehearsalHost {
        PostgresRehearsals(address: connection, names: names, tools: tools, place: place)
    }

    private var names: RegistryNames { RegistryNames(schema: registrySchema) }

    public func schemaScript() async throws(DatabaseError) -> String {
        try await SchemaScript(
            address: connection, registry: RegistryNames(schema: registrySchema), tools: tools
        ).read()
    }
}
