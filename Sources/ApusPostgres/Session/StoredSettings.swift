import ApusCore
import ApusEngine

/// What `ALTER DATABASE … SET` and `ALTER ROLE … SET` have stored for this database and role.
///
/// A new session would begin with it. RESET ALL goes back to what was stored when *this* session
/// connected, so that a migration which stores something would be without effect on the migrations
/// behind it in the same run, and effective in another run.
enum StoredSettings {
    /// One text that changes with anything stored.
    static let fingerprint = """
        (SELECT pg_catalog.md5(coalesce(pg_catalog.string_agg(pg_catalog.format('%s %s %s', \
        s.setdatabase, s.setrole, s.setconfig), ',' ORDER BY s.setdatabase, s.setrole), '')) \
        FROM pg_catalog.pg_db_role_setting s WHERE \(isOurs))
        """

    /// Names and values, in the order in which a new session takes them: what is stored for the
    /// role goes before what is stored for the database.
    static let question = """
        SELECT pg_catalog.split_part(c.entry, '=', 1), \
        pg_catalog.substr(c.entry, pg_catalog.strpos(c.entry, '=') + 1) \
        FROM pg_catalog.pg_db_role_setting s \
        CROSS JOIN LATERAL pg_catalog.unnest(s.setconfig) AS c (entry) WHERE \(isOurs) \
        ORDER BY s.setrole <> 0, s.setdatabase <> 0
        """

    /// The role is named by the connection: what a migration sets is of no account here.
    private static let isOurs = """
        s.setdatabase IN (0, (SELECT d.oid \
        FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database())) \
        AND s.setrole IN (0, (SELECT r.oid FROM pg_catalog.pg_roles r \
        WHERE r.rolname = session_user))
        """
}

extension PostgresSession {
    /// Gives the session what a new one would begin with, where that has changed since it connected.
    func followStoredSettings(_ fingerprint: String?) throws(DatabaseError) {
        guard let fingerprint, let storedSettings, fingerprint != storedSettings else { return }
        let connection = try connection
        let rows = try connection.execute(StoredSettings.question)
        for row in 0..<rows.count {
            guard let name = rows.text(row, 0), let value = rows.text(row, 1) else { continue }
            // What this session may not set is left out: a new one begins with a warning at most.
            let error = connection.batch(
                "SELECT pg_catalog.set_config(\(name.sqlLiteral), \(value.sqlLiteral), false)"
            ).error
            if let error, error.code == .connectionLost { throw error }
        }
        try connection.execute(settings.assignments)
    }
}
