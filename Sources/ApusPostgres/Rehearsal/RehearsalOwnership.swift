import ApusCore
import ApusEngine

/// How a database says that it is there for a rehearsal, and how its owner shows to be alive.
///
/// The owner holds an advisory lock whose key comes from the database's name, in a session with
/// another database, from before the database is made until it is gone. `pg_locks` shows it to
/// everybody: a database of such a name without the lock has lost its owner.
enum RehearsalOwnership {
    static let prefix = "apus_rehearsal_"
    static let commentPrefix = "apus: rehearsal "

    static func name(_ mark: RehearsalMark) -> String { prefix + mark.id }

    static func comment(_ mark: RehearsalMark) -> String {
        "\(commentPrefix)\(mark.id), begun \(mark.begunAt) by \(mark.begunBy); it is removed with it"
    }

    /// FNV-1a, 64 bits, of the name in UTF-8.
    static func lockKey(_ name: String) -> Int64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in name.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        return Int64(bitPattern: hash)
    }
}

extension PostgresSession {
    /// Takes the owner's lock of a database that is to be made.
    func ownRehearsal(_ name: String) async throws(DatabaseError) {
        guard !isPooled else {
            throw DatabaseError(
                .transactionPooler,
                "a pooler stands before the server at \(address.target.location)",
                detail: "no lock can be held through it that shows whose a database is",
                help: ["connect to the server itself"])
        }
        // A server that ends idle sessions would take the lock away with this one.
        try applySettings()
        let key = RehearsalOwnership.lockKey(name)
        guard try await ask("SELECT pg_catalog.pg_try_advisory_lock(\(key))").first?.first == "t"
        else { throw DatabaseError(.lockBusy, "another process holds the lock of \(name)") }
    }

    /// Whether this session still holds it.
    func ownsRehearsal(_ name: String) async throws(DatabaseError) -> Bool {
        try await !ask(
            "\(Self.ownerLock(of: name)) AND l.pid = pg_catalog.pg_backend_pid()"
        ).isEmpty
    }

    private static func ownerLock(of name: String) -> String {
        let key = UInt64(bitPattern: RehearsalOwnership.lockKey(name))
        return """
            SELECT 1 FROM pg_catalog.pg_locks l WHERE l.locktype = 'advisory' AND l.granted \
            AND l.objsubid = 1 AND l.classid = \(key >> 32) AND l.objid = \(key & 0xFFFF_FFFF)
            """
    }

    /// Removes the databases of dead rehearsals; their names.
    ///
    /// The databases are listed before their locks are looked at: whatever is listed was locked
    /// before it was there, so that a free lock means a dead owner.
    func clearRehearsals(
        of address: PostgresConnectionString, _ names: RegistryNames, _ tools: PgTools
    ) async throws(DatabaseError) -> [String] {
        let found = try await ask(
            """
            SELECT d.datname, pg_catalog.shobj_description(d.oid, 'pg_database') \
            FROM pg_catalog.pg_database d \
            WHERE d.datname ~ '^\(RehearsalOwnership.prefix)[0-9a-f]{12}$' \
            AND pg_catalog.pg_has_role(d.datdba, 'USAGE') ORDER BY 1
            """)
        var cleared: [String] = []
        for row in found {
            guard let name = row[0], try await ask(Self.ownerLock(of: name)).isEmpty else {
                continue
            }
            if let comment = row[1] {
                guard comment.hasPrefix(RehearsalOwnership.commentPrefix) else { continue }
            } else {
                // Its owner died before it could say what it is: then nothing is in it.
                let restore = PostgresRestore(
                    address: try address.named(name), names: names, tools: tools)
                guard case .empty = try await restore.occupant() else { continue }
            }
            guard try await isDeserted(name) else { continue }
            try await dropEndingConnections(name)
            cleared.append(name)
        }
        return cleared
    }

    /// Whether nobody works in the database any more. A server takes a moment to see that the client
    /// of a long statement is gone; who stays longer may have lost nothing but the lock.
    private func isDeserted(_ name: String) async throws(DatabaseError) -> Bool {
        for _ in 0..<24 {
            let others = try await others(in: [name])
                .filter { $0.application != PostgresRestore.applicationName }
            if others.isEmpty { return true }
            do {
                try await Task.sleep(for: .milliseconds(250))
            } catch {
                throw DatabaseError(.interrupted, "interrupted while \(name) was cleared away")
            }
        }
        return false
    }
}
