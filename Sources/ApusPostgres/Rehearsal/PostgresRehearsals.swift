import ApusCore
public import ApusEngine

/// Makes databases for rehearsals: on the same server, or in a private one that is started for it.
public struct PostgresRehearsals: RehearsalHost {
    let address: PostgresConnectionString
    let names: RegistryNames
    let tools: PgTools
    let place: RehearsalPlace

    public func clear() async throws(DatabaseError) -> [String] {
        var cleared = try await PrivateServerFolder.clear()
        guard place == .beside else { return cleared }
        cleared += try await Maintenance.with(address, names) { (session) throws(DatabaseError) in
            try await session.clearRehearsals(of: address, names, tools)
        }
        return cleared
    }

    public func make(
        _ mark: RehearsalMark, like properties: [DatabaseProperty]?
    ) async throws(DatabaseError) -> any EphemeralDatabase {
        let model = try await model(properties)
        guard place == .beside else { return try await makePrivate(mark, model) }
        do throws(DatabaseError) {
            return try await RehearsalDatabase.make(
                mark, at: address, names, tools, like: model.properties)
        } catch  where Self.mayNotMake(error) {
            // Without the programs for another server, this is what stands in the way.
            guard await tools.findServer(model.major) != nil else { throw advised(error, model) }
            return try await makePrivate(mark, model)
        }
    }

    /// Whether the server is one on which this role cannot make a database.
    private static func mayNotMake(_ error: DatabaseError) -> Bool {
        switch error.code {
        case .insufficientPrivilege, .readOnlyServer, .transactionPooler: true
        default: false
        }
    }

    private func advised(_ error: DatabaseError, _ model: ServerModel) -> DatabaseError {
        var error = error
        let version = model.major.map { "-\($0)" } ?? ""
        error.help = [
            "as a superuser: ALTER ROLE \((model.user ?? "…").sqlIdentifier) CREATEDB",
            "or install the server's programs, for a private one: apt-get install postgresql\(version)",
        ]
        return error
    }

    private func makePrivate(
        _ mark: RehearsalMark, _ model: ServerModel
    ) async throws(DatabaseError) -> any EphemeralDatabase {
        guard let programs = await tools.findServer(model.major) else {
            let version = model.major.map { " \($0)" } ?? ""
            throw DatabaseError(
                .backupToolMissing,
                "a private server needs initdb and postgres\(version), and this machine has none",
                help: [
                    "apt-get install postgresql\(model.major.map { "-\($0)" } ?? "")",
                    "or rehearse on the database's own server: apus test",
                ])
        }
        let server = try await PrivateServer.start(
            mark, with: programs, user: model.user ?? "postgres")
        do throws(DatabaseError) {
            return try await RehearsalDatabase.make(
                mark, in: server, names, tools, like: model)
        } catch {
            throw await server.stop(after: error)
        }
    }

    // MARK: What it is to be like

    /// What is known of the server and the database that a rehearsal is for.
    private func model(_ properties: [DatabaseProperty]?) async throws(DatabaseError) -> ServerModel
    {
        let session = try PostgresSession(address: address, names: names)
        do throws(DatabaseError) {
            try await session.connect()
            var model = try await session.model()
            await session.close()
            if let properties { model.properties = properties }
            return model
        } catch {
            await session.close()
            // A database that is not there yet is like no other; a server that is away has none that
            // could be asked, and a private one can do without.
            guard error.code == .cannotConnect, place == .privateServer || error.isMissingDatabase
            else { throw error }
            return ServerModel(properties: properties ?? [])
        }
    }
}

/// What a rehearsal's database, and the server that it lies in, are to be like.
struct ServerModel: Sendable {
    var major: Int?
    var user: String?
    var properties: [DatabaseProperty]
    /// The names of the roles that scripts and backups may mention.
    var roles: [String] = []
}

extension DatabaseError {
    fileprivate var isMissingDatabase: Bool {
        sqlState == "3D000" || message.contains("does not exist")
    }
}

extension PostgresSession {
    func model() throws(DatabaseError) -> ServerModel {
        try reading { (connection) throws(DatabaseError) in
            let roles = try connection.execute(
                "SELECT r.rolname FROM pg_catalog.pg_roles r WHERE r.rolname !~ '^pg_' ORDER BY 1")
            return ServerModel(
                major: connection.serverVersion / 10_000, user: user,
                properties: try DatabaseProperties(connection).read(),
                roles: (0..<roles.count).compactMap { roles.text($0, 0) })
        }
    }
}
