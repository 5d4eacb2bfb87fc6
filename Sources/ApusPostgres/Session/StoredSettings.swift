import ApusCore
import ApusEngine

/// What `ALTER DATABASE … SET` and `ALTER ROLE … SET` have stored for this database and role.
///
/// A new session would begin with it. RESET ALL goes back to what was stored when *this* session
/// connected, so that a migration which stores something would be without effect on the migrations
/// behind it in the same run, and effective in another run.
struct StoredSettings {
    /// The server's numbers for database and role.
    let database: Int64
    let role: Int64

    /// SQL for one text that changes with anything stored.
    var fingerprint: String {
        """
        (SELECT pg_catalog.md5(coalesce(pg_catalog.string_agg(pg_catalog.format('%s %s %s', \
        s.setdatabase, s.setrole, s.setconfig), ',' ORDER BY s.setdatabase, s.setrole), '')) \
        FROM pg_catalog.pg_db_role_setting s WHERE \(isOurs))
        """
    }

    /// SQL for names and values, in the order in which a new session takes them: what is stored for
    /// the role goes before what is stored for the database.
    var question: String {
        """
        SELECT pg_catalog.split_part(c.entry, '=', 1), \
        pg_catalog.substr(c.entry, pg_catalog.strpos(c.entry, '=') + 1) \
        FROM pg_catalog.pg_db_role_setting s \
        CROSS JOIN LATERAL pg_catalog.unnest(s.setconfig) AS c (entry) WHERE \(isOurs) \
        ORDER BY s.setrole <> 0, s.setdatabase <> 0
        """
    }

    /// Whether a statement may store settings: by its name, or by calling what cannot be seen.
    static func mayBeChanged(by statement: Statement, of source: MigrationSource) -> Bool {
        switch source.firstWord(of: statement, .postgres) {
        case "ALTER":
            ["DATABASE", "ROLE", "USER"].contains(
                source.leadingWords(of: statement, .postgres, limit: 2).last)
        case "DO", "CALL", "SELECT", "WITH", "EXECUTE": true
        default: false
        }
    }

    private var isOurs: String {
        "s.setdatabase IN (0, \(database)) AND s.setrole IN (0, \(role))"
    }
}

extension PostgresSession {
    var settingsQuestions: StoredSettings {
        StoredSettings(database: databaseNumber, role: roleNumber)
    }

    /// SQL for the fingerprint, where it may have changed. Once it has, it is asked for after every
    /// step: each RESET ALL goes back to what was stored before.
    var storedSettingsSQL: String {
        mayHaveStoredSettings ? settingsQuestions.fingerprint : "NULL::pg_catalog.text"
    }

    /// Gives the session what a new one would begin with, where that has changed since it connected.
    func followStoredSettings(_ fingerprint: String?) throws(DatabaseError) {
        guard let fingerprint, let storedSettings else { return }
        guard fingerprint != storedSettings else {
            mayHaveStoredSettings = false
            return
        }
        let connection = try connection
        let rows = try connection.execute(settingsQuestions.question)
        for row in 0..<rows.count {
            guard let name = rows.text(row, 0), let value = rows.text(row, 1) else { continue }
            // What this session may not set is left out: a new one begins with a warning at most.
            let error = connection.batch(
                "SELECT pg_catalog.set_config(\(name.sqlLiteral), \(value.sqlLiteral), false)"
            ).error
            if let error, error.code == .connectionLost { throw error }
        }
        try connection.execute(settings.assignments.script)
    }
}
