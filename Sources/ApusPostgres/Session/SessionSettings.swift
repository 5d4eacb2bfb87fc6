/// What a session sets for itself, and how it is made clean again after a migration.
struct SessionSettings {
    var applicationName: String
    var serverVersion: Int
    /// Whether the server can notice in the middle of a statement that its client is gone.
    var canCheckClient = true

    /// Where the user and the registry's schema have one name, `"$user"` would begin to mean that
    /// schema once it is made: it is taken out of the search path, so that a script's unqualified
    /// names mean what they meant before.
    var hidesOwnSchema = false

    /// SQL commands that give every setting that a script's meaning or our own safety depends on its
    /// value.
    var assignments: [String] {
        var settings: [(String, String)] = [
            ("application_name", applicationName),
            ("client_encoding", "UTF8"),
            ("standard_conforming_strings", "on"),
            ("default_transaction_read_only", "off"),
            // A role's default must not kill a migration: each step states its own.
            ("statement_timeout", "0"),
            ("lock_timeout", "30s"),
            ("idle_in_transaction_session_timeout", "0"),
            // A machine that goes away without a word leaves its session, and the lock, behind: for
            // a minute, not for the two hours that are usual.
            ("tcp_keepalives_idle", "30"), ("tcp_keepalives_interval", "10"),
            ("tcp_keepalives_count", "3"),
        ]
        if serverVersion >= 140_000 {
            settings.append(("idle_session_timeout", "0"))
            if canCheckClient { settings.append(("client_connection_check_interval", "2s")) }
        }
        if serverVersion >= 170_000 { settings.append(("transaction_timeout", "0")) }
        return settings.map { "SET \($0) = \($1.sqlLiteral)" }
            + (hidesOwnSchema ? [Self.pathWithoutUser] : [])
    }

    private static let pathWithoutUser = """
        SELECT pg_catalog.set_config('search_path', pg_catalog.regexp_replace(\
        pg_catalog.current_setting('search_path'), '"[$]user" *,? *', ''), false)
        """

    /// SQL commands that take back what a migration changed in the session.
    ///
    /// Not `DISCARD ALL`, which would release the advisory lock; and RESET ALL leaves the role and
    /// the session authorization, which are therefore named.
    static let reset = [
        "RESET SESSION AUTHORIZATION", "RESET ROLE", "RESET ALL", "CLOSE ALL", "UNLISTEN *",
        "DEALLOCATE ALL", "DISCARD TEMP", "DISCARD SEQUENCES", "DISCARD PLANS",
    ]

    /// SQL commands that put the role back for the rest of a transaction, so that Apus's own rows are
    /// written with the rights that it connected with.
    static let ownRole = [
        "SET LOCAL SESSION AUTHORIZATION DEFAULT", "SET LOCAL role TO DEFAULT",
    ]
}

extension [String] {
    /// SQL commands as one script.
    var script: String { joined(separator: "; ") }
}
