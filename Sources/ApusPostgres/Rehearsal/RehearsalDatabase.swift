import ApusCore
import ApusEngine
import SystemPackage

/// A database that is there for one rehearsal, on the same server or in a private one.
struct RehearsalDatabase: EphemeralDatabase {
    let address: PostgresConnectionString
    let names: RegistryNames
    let tools: PgTools
    /// The session that holds the owner's lock, with another database of the server.
    let owner: PostgresSession
    /// Whether everything can belong to whom it belongs.
    let keepsOwners: Bool
    let server: PrivateServer?
    let place: String
    let warnings: [Diagnostic]

    private var name: String { address.target.name }

    var driver: any Driver {
        PostgresDriver(connection: address, registrySchema: names.schema, tools: tools)
    }

    // MARK: Making it

    /// One on the same server.
    static func make(
        _ mark: RehearsalMark, at address: PostgresConnectionString, _ names: RegistryNames,
        _ tools: PgTools, like properties: [DatabaseProperty]
    ) async throws(DatabaseError) -> RehearsalDatabase {
        let name = RehearsalOwnership.name(mark)
        let owner = try await Maintenance.open(address, names)
        do throws(DatabaseError) {
            try await owner.ownRehearsal(name)
            failpoint("postgres.rehearsal.owned")
            let warnings = try await create(name, mark, like: properties, in: owner)
            return RehearsalDatabase(
                address: try address.named(name), names: names, tools: tools, owner: owner,
                keepsOwners: try await owner.isSuperuser(), server: nil,
                place: "a database of its own on the same server", warnings: warnings)
        } catch {
            await owner.close()
            throw error
        }
    }

    /// One in a private server, with the roles that the other server has.
    static func make(
        _ mark: RehearsalMark, in server: PrivateServer, _ names: RegistryNames, _ tools: PgTools,
        like model: ServerModel
    ) async throws(DatabaseError) -> RehearsalDatabase {
        let name = RehearsalOwnership.name(mark)
        let owner = try await Maintenance.open(server.address, names)
        do throws(DatabaseError) {
            try await owner.ownRehearsal(name)
            for role in model.roles where role != server.user {
                try await owner.ask("CREATE ROLE \(role.sqlIdentifier)")
            }
            let warnings = try await create(name, mark, like: model.properties, in: owner)
            return RehearsalDatabase(
                address: try server.address.named(name), names: names, tools: tools, owner: owner,
                keepsOwners: true, server: server, place: "a private \(server.product)",
                warnings: warnings)
        } catch {
            await owner.close()
            throw error
        }
    }

    private static func create(
        _ name: String, _ mark: RehearsalMark, like properties: [DatabaseProperty],
        in owner: PostgresSession
    ) async throws(DatabaseError) -> [Diagnostic] {
        let statements = PropertyStatements(database: name, properties: properties)
        do throws(DatabaseError) {
            try await owner.ask(statements.creation)
        } catch {
            throw DatabaseError(
                error.code, "a database for the rehearsal cannot be made: \(error.message)",
                sqlState: error.sqlState, detail: error.detail, help: error.help)
        }
        failpoint("postgres.rehearsal.created")
        do throws(DatabaseError) {
            try await owner.ask(
                "COMMENT ON DATABASE \(name.sqlIdentifier) IS \(RehearsalOwnership.comment(mark).sqlLiteral)"
            )
            var warnings: [Diagnostic] = []
            for statement in statements.completion(keepingOwners: false) {
                warnings += try await PostgresRestore.attempt(statement, in: owner)
            }
            return warnings
        } catch {
            try await owner.dropEndingConnections(name)
            throw error
        }
    }

    func load(
        from path: FilePath, _ options: RestoreLoading,
        progress: @escaping @Sendable (Int64) -> Void
    ) async throws(DatabaseError) {
        var options = options
        options.keepsOwners = keepsOwners
        try await PostgresRestore(address: address, names: names, tools: tools)
            .load(from: path, options, progress: progress)
    }

    // MARK: While it is there

    func confirm() async throws(DatabaseError) {
        guard try await owner.ownsRehearsal(name) else {
            throw DatabaseError(.lockLost, "the lock of \(name) was lost")
        }
    }

    func tables() async throws(DatabaseError) -> [TableContents] {
        try await using { (session) throws(DatabaseError) in try await session.tableContents() }
    }

    func perform(_ statements: [Statement], of source: MigrationSource) async throws(TestFailure) {
        let outcome = await tested { (session) throws(DatabaseError) in
            await session.perform(statements, of: source)
        }
        try outcome.get()
    }

    func rows(
        of query: Statement, in source: MigrationSource, limit: Int
    ) async throws(TestFailure) -> QueryRows {
        let outcome = await tested { (session) throws(DatabaseError) in
            await session.rows(of: query, in: source, limit: limit)
        }
        return try outcome.get()
    }

    private func tested<Result: Sendable>(
        _ body: (PostgresSession) async throws(DatabaseError) -> Swift.Result<Result, TestFailure>
    ) async -> Swift.Result<Result, TestFailure> {
        do throws(DatabaseError) {
            return try await using(body)
        } catch {
            return .failure(TestFailure(error))
        }
    }

    /// In a session of its own, so that nothing that a test sets reaches a migration.
    private func using<Result: Sendable>(
        _ body: (PostgresSession) async throws(DatabaseError) -> Result
    ) async throws(DatabaseError) -> Result {
        let session = try PostgresSession(address: address, names: names)
        try await session.connect()
        do throws(DatabaseError) {
            try await session.applySettings()
            let result = try await body(session)
            await session.close()
            return result
        } catch {
            await session.close()
            throw error
        }
    }

    // MARK: The end

    func remove() async throws(DatabaseError) {
        if let server {
            await owner.close()
            try await server.stop()
            return
        }
        do throws(DatabaseError) {
            try await owner.dropEndingConnections(name)
            failpoint("postgres.rehearsal.dropped")
        } catch  where error.code == .connectionLost {
            // The lock is gone with the connection; what is left is dropped over another one.
            try await Maintenance.with(address, names) { (session) throws(DatabaseError) in
                try await session.dropEndingConnections(name)
            }
        }
        await owner.close()
    }
}

extension PostgresSession {
    fileprivate func isSuperuser() async throws(DatabaseError) -> Bool {
        try await ask(
            "SELECT r.rolsuper FROM pg_catalog.pg_roles r WHERE r.rolname = current_user"
        ).first?.first == "t"
    }
}
