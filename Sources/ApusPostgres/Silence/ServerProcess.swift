import ApusEngine

/// The server process behind a connection, told from every other one.
struct ServerProcess: Hashable, Sendable {
    let number: Int64
    /// When it began, in seconds since 1970 as the server writes them: numbers are used again.
    let startedAt: String
    /// When its server began: other servers have processes of the same number.
    let serverStartedAt: String

    /// SQL for the three, of the process that answers.
    static let columns = """
        pg_catalog.pg_backend_pid(), (SELECT extract(epoch FROM a.backend_start)::text \
        FROM pg_catalog.pg_stat_activity a WHERE a.pid = pg_catalog.pg_backend_pid()), \
        \(serverStart)
        """

    private static let serverStart =
        "extract(epoch FROM pg_catalog.pg_postmaster_start_time())::text"

    /// From a row that begins with ``columns``.
    init?(_ rows: Rows) {
        guard let number = rows.integer(0, 0), let startedAt = rows.text(0, 1),
            let serverStartedAt = rows.text(0, 2)
        else { return nil }
        self.number = number
        self.startedAt = startedAt
        self.serverStartedAt = serverStartedAt
    }

    init(number: Int64, startedAt: String, serverStartedAt: String) {
        self.number = number
        self.startedAt = startedAt
        self.serverStartedAt = serverStartedAt
    }

    /// SQL for what ``Sight`` is made of.
    var question: String {
        """
        SELECT \(Self.serverStart) = \(serverStartedAt.sqlLiteral), \
        extract(epoch FROM a.backend_start)::text = \(startedAt.sqlLiteral), a.state, \
        a.wait_event_type = 'Client' AND a.wait_event IN ('ClientRead', 'ClientWrite') \
        FROM (SELECT) AS once LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid = \(number)
        """
    }

    /// SQL that ends the process, and no other.
    var ending: String {
        """
        SELECT pg_catalog.pg_terminate_backend(a.pid) FROM pg_catalog.pg_stat_activity a \
        WHERE a.pid = \(number) AND \(Self.serverStart) = \(serverStartedAt.sqlLiteral) \
        AND extract(epoch FROM a.backend_start)::text = \(startedAt.sqlLiteral)
        """
    }
}
