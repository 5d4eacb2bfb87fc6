public import ApusCore
public import ApusEngine
public import SystemPackage

/// Makes a database from an archive of `pg_dump`, beside those that the server has.
///
/// While it is being made its comment says so, and a session with it holds the migration lock: a
/// restore whose process died leaves the comment without the lock.
public struct PostgresRestore: RestoreTarget {
    let address: PostgresConnectionString
    let names: RegistryNames
    let tools: PgTools

    var database: String { address.target.name }

    public var folder: FilePath? { nil }

    public func name(adding suffix: String) -> String {
        var base = database
        while base.utf8.count + suffix.utf8.count > PostgresConnectionString.longestName {
            base.removeLast()
        }
        return base + suffix
    }

    public func check(_ path: FilePath) async throws(DatabaseError) {
        try DumpFormat.check(path)
    }

    // MARK: What is there

    /// Databases that the server itself, or everybody's tools, rely on.
    private static let serversOwn: Set = ["postgres", "template0", "template1"]

    public func occupant() async throws(DatabaseError) -> RestoreOccupant {
        if Self.serversOwn.contains(database) { return .occupied("what the server itself needs") }
        let found = try await Maintenance.with(address, names) {
            (session) throws(DatabaseError) in
            try await session.ask(
                """
                SELECT pg_catalog.shobj_description(d.oid, 'pg_database'), \
                \(lockHolder("l.pid")), \(lockHolder("a.usename::text")), \
                \(lockHolder("a.application_name")) \
                FROM pg_catalog.pg_database d WHERE d.datname = \(database.sqlLiteral)
                """)
        }
        guard let row = found.first else { return .none }
        if let comment = row[0], comment.hasPrefix(RestoreMark.prefix) {
            guard let process = row[1].flatMap({ Int64($0) }) else {
                let mark = RestoreMark(comment: comment)
                // One that was there before and is still empty is what it was.
                if mark?.wasThere != false, case .empty = try await content() { return .empty }
                return .unfinished(mark)
            }
            return .busy(LockHolder(processID: process, user: row[2], application: row[3]))
        }
        return try await content()
    }

    /// Of whoever holds the migration lock of the database `d`.
    private func lockHolder(_ column: String) -> String {
        let key = UInt64(bitPattern: names.lockKey)
        return """
            (SELECT \(column) FROM pg_catalog.pg_locks l \
            LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid \
            WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1 \
            AND l.classid = \(key >> 32) AND l.objid = \(key & 0xFFFF_FFFF) \
            AND l.database = d.oid LIMIT 1)
            """
    }

    private func content() async throws(DatabaseError) -> RestoreOccupant {
        let session = try PostgresSession(address: address, names: names)
        try await session.connect()
        let counts: [[String?]]
        do throws(DatabaseError) {
            counts = try await session.ask(
                """
                SELECT \
                (SELECT pg_catalog.count(*) FROM pg_catalog.pg_class c WHERE \
                c.relkind IN ('r', 'p', 'f', 'm', 'v', 'S') AND \(Self.isUsers("c.relnamespace"))), \
                (SELECT pg_catalog.count(*) FROM pg_catalog.pg_proc p WHERE \
                \(Self.isUsers("p.pronamespace"))) + \
                (SELECT pg_catalog.count(*) FROM pg_catalog.pg_type t WHERE \
                \(Self.isUsers("t.typnamespace"))) + \
                (SELECT pg_catalog.count(*) FROM pg_catalog.pg_largeobject_metadata) + \
                (SELECT pg_catalog.count(*) FROM pg_catalog.pg_namespace n WHERE n.nspname NOT IN \
                ('public', 'information_schema') AND n.nspname !~ '^pg_')
                """)
            await session.close()
        } catch {
            await session.close()
            throw error
        }
        let numbers = counts.first?.map { $0.flatMap { Int($0) } ?? 0 } ?? []
        guard numbers.contains(where: { $0 > 0 }) else { return .empty }
        let tables = numbers[0]
        return .occupied(
            tables > 0
                ? "\(tables) table\(tables == 1 ? "" : "s") and the like" : "objects of its own")
    }

    /// Whether a namespace is not the system's.
    private static func isUsers(_ column: String) -> String {
        """
        \(column) IN (SELECT n.oid FROM pg_catalog.pg_namespace n \
        WHERE n.nspname <> 'information_schema' AND n.nspname !~ '^pg_')
        """
    }

    public func unfinished() async throws(DatabaseError) -> [UnfinishedRestore] {
        let rows = try await Maintenance.with(address, names) { (session) throws(DatabaseError) in
            try await session.ask(
                """
                SELECT d.datname, pg_catalog.shobj_description(d.oid, 'pg_database') \
                FROM pg_catalog.pg_database d WHERE pg_catalog.starts_with(\
                pg_catalog.shobj_description(d.oid, 'pg_database'), \(RestoreMark.prefix.sqlLiteral)) \
                AND \(lockHolder("l.pid")) IS NULL ORDER BY 1
                """)
        }
        return rows.compactMap { row in
            row[0].map {
                UnfinishedRestore(name: $0, mark: row[1].flatMap(RestoreMark.init(comment:)))
            }
        }
    }

    // MARK: Making it

    public func begin(
        _ mark: RestoreMark, like properties: [DatabaseProperty]
    ) async throws(DatabaseError) -> Bool {
        let statements = PropertyStatements(database: database, properties: properties)
        return try await Maintenance.with(address, names) { (session) throws(DatabaseError) in
            let isThere = try await session.has(database)
            if !isThere {
                do throws(DatabaseError) {
                    try await session.ask(statements.creation)
                    failpoint("restore.created")
                } catch {
                    // duplicate_database, or unique_violation where both are made at this moment.
                    guard error.sqlState != "42P04", error.sqlState != "23505" else {
                        throw .restoreBegunElsewhere(database)
                    }
                    throw Self.refused(error, to: "make the database \(database)")
                }
            }
            var mark = mark
            mark.wasThere = isThere
            do throws(DatabaseError) {
                try await session.ask(
                    "COMMENT ON DATABASE \(database.sqlIdentifier) IS \(mark.comment.sqlLiteral)")
            } catch {
                // Without the mark nobody could tell what it is: it is empty, and goes again.
                if !isThere { try await session.ask("DROP DATABASE \(database.sqlIdentifier)") }
                throw Self.refused(error, to: "mark the database \(database)")
            }
            return !isThere
        }
    }

    private static func refused(_ error: DatabaseError, to what: String) -> DatabaseError {
        let lacksRight = error.sqlState == "42501"
        return DatabaseError(
            lacksRight
                ? .insufficientPrivilege
                : error.code == .statementFailed ? .restoreFailed : error.code,
            "cannot \(what): \(error.message)", sqlState: error.sqlState, detail: error.detail,
            help: lacksRight
                ? [
                    "as a superuser: ALTER ROLE … CREATEDB",
                    "or have an empty database made for you, and name it: --into NAME",
                ] : error.help)
    }

    public func openSession() async throws(DatabaseError) -> any DatabaseSession {
        let session = try PostgresSession(address: address, names: names)
        try await session.connect()
        return session
    }

    public func contents() async throws(DatabaseError) -> BackupContents {
        try await PostgresBackup(address: address, names: names, tools: tools).contents()
    }

    public func complete(
        _ properties: [DatabaseProperty], keepingOwners: Bool
    ) async throws(DatabaseError) -> [Diagnostic] {
        let statements = PropertyStatements(database: database, properties: properties)
        return try await Maintenance.with(address, names) { (session) throws(DatabaseError) in
            var warnings: [Diagnostic] = []
            for statement in statements.completion(keepingOwners: keepingOwners) {
                warnings += try await Self.attempt(statement, in: session)
            }
            failpoint("restore.before-unmarking")
            try await session.ask(statements.comment)
            failpoint("restore.unmarked")
            if keepingOwners, let owner = statements.owner {
                warnings += try await Self.attempt(owner, in: session)
            }
            return warnings
        }
    }

    /// What the server refuses is a warning: the data are all there.
    static func attempt(
        _ statement: String, in session: PostgresSession
    ) async throws(DatabaseError) -> [Diagnostic] {
        do throws(DatabaseError) {
            try await session.ask(statement)
            return []
        } catch {
            guard error.code != .connectionLost, error.code != .interrupted else { throw error }
            return [
                Diagnostic(
                    .insufficientPrivilege,
                    "one property of the database could not be restored: \(error.message)",
                    severity: .warning, help: ["with the rights for it: \(statement)"])
            ]
        }
    }

    public func discard() async throws(DatabaseError) {
        switch try await occupant() {
        case .none: return
        case .unfinished(let mark):
            guard mark?.wasThere == false else {
                throw DatabaseError(
                    .restoreOccupied,
                    "\(database) was there before the restore that it says it was half filled by")
            }
        case .busy(let holder):
            throw DatabaseError(
                .databaseInUse, "a restore into \(database) is going on",
                detail: holder?.processID.map { "by process \($0)" })
        case .empty, .occupied:
            throw DatabaseError(
                .restoreOccupied, "\(database) is not what an unfinished restore left")
        }
        try await Maintenance.with(address, names) { (session) throws(DatabaseError) in
            // What its own pg_restore may have left connected goes with it; nobody else does.
            let others = try await session.others(in: [database])
                .filter { $0.application != Self.applicationName }
            guard others.isEmpty else { throw DatabaseExchange.inUse([database], others) }
            try await session.dropEndingConnections(database)
        }
    }

    static let applicationName = "apus restore"

    // MARK: In the place of another

    public func exchange(
        with live: PostgresRestore, keeping kept: String, endingConnections: Bool
    ) async throws(DatabaseError) -> Exchange {
        let exchange = DatabaseExchange(
            restored: database, live: live.database, kept: kept,
            endsConnections: endingConnections)
        return try await Maintenance.with(address, names) { (session) throws(DatabaseError) in
            try await exchange.perform(in: session)
        }
    }

    public func exchangeCommands(with live: PostgresRestore, keeping kept: String) -> [String] {
        DatabaseExchange(
            restored: database, live: live.database, kept: kept, endsConnections: false
        ).statements(liveIsThere: true).map { "\($0);" }
    }
}

extension RestoreMark {
    static let prefix = "apus: unfinished restore of "

    private static let intoGiven = " into a database that was there"

    var comment: String {
        "\(Self.prefix)\(backup)\(wasThere ? Self.intoGiven : ""), begun \(begunAt) by \(begunBy)"
    }

    init?(comment: String) {
        let pattern = /apus: unfinished restore of (.+), begun (\S+) by (.*)/
        guard let match = comment.wholeMatch(of: pattern) else { return nil }
        let wasThere = match.1.hasSuffix(Self.intoGiven)
        self.init(
            backup: String(wasThere ? match.1.dropLast(Self.intoGiven.count) : match.1),
            begunAt: String(match.2), begunBy: String(match.3), wasThere: wasThere)
    }
}

extension PostgresSession {
    /// Whether the server has a database of that name.
    func has(_ database: String) async throws(DatabaseError) -> Bool {
        try await !ask(
            "SELECT 1 FROM pg_catalog.pg_database d WHERE d.datname = \(database.sqlLiteral)"
        ).isEmpty
    }

    /// Whoever else is connected to one of the databases. Not autovacuum, which is nobody's and makes
    /// way; that it is autovacuum (`backend_type`) only its owner, the superuser, may see.
    func others(in databases: [String]) async throws(DatabaseError) -> [LockHolder] {
        let rows = try await ask(
            """
            SELECT a.pid, a.usename, a.application_name, a.state, \
            pg_catalog.date_part('epoch', pg_catalog.now() - a.state_change)::bigint \
            FROM pg_catalog.pg_stat_activity a WHERE a.datname IN \
            (\(databases.map(\.sqlLiteral).joined(separator: ", "))) \
            AND a.pid <> pg_catalog.pg_backend_pid() \
            AND a.usesysid IS NOT NULL ORDER BY a.pid
            """)
        return rows.map { row in
            LockHolder(
                processID: row[0].flatMap { Int64($0) }, user: row[1], application: row[2],
                state: row[3], since: row[4].flatMap { Int64($0) }.map { .seconds($0) })
        }
    }

    /// Drops a database that Apus itself made, if it is there, with whatever is still connected to it.
    func dropEndingConnections(_ database: String) async throws(DatabaseError) {
        let drop = "DROP DATABASE IF EXISTS \(database.sqlIdentifier)"
        do throws(DatabaseError) {
            try await ask("\(drop) WITH (FORCE)")
        } catch  where error.code == .insufficientPrivilege {
            // A worker of autovacuum, which only a superuser may end: it makes way of itself.
            try await ask(drop)
        }
    }
}
