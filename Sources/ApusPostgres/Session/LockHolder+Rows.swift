import ApusEngine

extension LockHolder {
    /// Selects what a holder is made of, from `pg_locks` as `l` and `pg_stat_activity` as `a`.
    static let selection = """
        SELECT l.pid, a.usename, a.application_name, a.state, \
        (extract(epoch FROM pg_catalog.clock_timestamp() - a.state_change) * 1000)::bigint
        """

    init(_ rows: Rows, _ row: Int = 0) {
        self.init(
            processID: rows.integer(row, 0), user: rows.text(row, 1),
            application: rows.text(row, 2), state: rows.text(row, 3),
            since: rows.integer(row, 4).map { .milliseconds($0) })
    }

    /// `process 4711 (user ana, psql, idle in transaction)`
    var sentence: String {
        let facts = [user.map { "user \($0)" }, application, state]
            .compactMap { $0?.isEmpty == false ? $0 : nil }
        let name = processID.map { "process \($0)" } ?? "an unknown process"
        return facts.isEmpty ? name : "\(name) (\(facts.joined(separator: ", ")))"
    }

    /// How to end the holder.
    var help: [String] {
        processID.map { ["SELECT pg_terminate_backend(\($0));"] } ?? []
    }
}
