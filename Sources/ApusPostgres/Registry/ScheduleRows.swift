public import ApusCore
public import ApusEngine

extension PostgresSession {
    public func addToSchedule(
        _ draft: ScheduleEntry.Draft
    ) throws(DatabaseError) -> ScheduleID {
        try makeReady()
        let values = [
            draft.kind.rawValue.sqlLiteral, draft.goal.sqlLiteral, draft.summary.sqlLiteral,
            draft.planDigest.hex.sqlLiteral, Self.instant(draft.notBefore),
            Self.instant(draft.notAfter), draft.said.sqlLiteral, draft.createdBy.sqlLiteral,
            draft.reverts?.description ?? "NULL",
        ]
        let results = try writing(
            """
            INSERT INTO \(names.schedule) (kind, goal, summary, plan_digest, not_before, \
            not_after, said, created_by, reverts) \
            VALUES (\(values.joined(separator: ", "))) RETURNING entry
            """)
        guard let number = results.last?.integer(0, 0) else {
            throw DatabaseError(.internalError, "the server gave the entry no number")
        }
        return ScheduleID(number)
    }

    public func changeSchedule(
        _ id: ScheduleID, _ change: ScheduleChange
    ) throws(DatabaseError) -> Bool {
        var sets = ["state = \(change.to.rawValue.sqlLiteral)"]
        sets.append(
            "ended_at = \(change.to.isFinal ? "pg_catalog.clock_timestamp()" : "NULL")")
        if let run = change.run { sets.append("run = \(run)") }
        if let message = change.message { sets.append("message = \(message.sqlLiteral)") }
        if let window = change.window {
            sets.append("not_before = \(Self.instant(window.lowerBound))")
            sets.append("not_after = \(Self.instant(window.upperBound))")
        }
        let states = change.from.map(\.rawValue).sorted().map(\.sqlLiteral)
        let results = try writing(
            """
            UPDATE \(names.schedule) SET \(sets.joined(separator: ", ")) \
            WHERE entry = \(id) AND state IN (\(states.joined(separator: ", "))) RETURNING entry
            """)
        return results.last?.count == 1
    }

    public func schedule(limit: Int) throws(DatabaseError) -> [ScheduleEntry] {
        try scheduleEntries(scheduleQuery(limit: limit))
    }

    public func scheduled(_ id: ScheduleID) throws(DatabaseError) -> ScheduleEntry? {
        try scheduleEntries(scheduleQuery("WHERE s.entry = \(id)")).first
    }

    func scheduleQuery(limit: Int) -> String {
        scheduleQuery(
            """
            WHERE s.state IN ('waiting', 'running') OR s.entry IN (SELECT l.entry FROM \
            \(names.schedule) l ORDER BY l.entry DESC LIMIT \(max(0, limit))) \
            ORDER BY s.entry DESC
            """)
    }

    private func scheduleQuery(_ clauses: String) -> String {
        """
        SELECT s.entry, s.kind, s.goal, s.summary, s.plan_digest, \
        \(Self.microseconds("s.not_before")), \(Self.microseconds("s.not_after")), s.said, \
        \(Self.microseconds("s.created_at")), s.created_by, s.state, \
        \(Self.microseconds("s.ended_at")), s.run, s.reverts, s.message \
        FROM \(names.schedule) s \(clauses)
        """
    }

    private func scheduleEntries(_ query: String) throws(DatabaseError) -> [ScheduleEntry] {
        try reading { (connection) throws(DatabaseError) in
            guard case .present(let version) = try registryState(connection), version >= 4 else {
                return []
            }
            return try scheduleEntries(from: try connection.execute(query))
        }
    }

    func scheduleEntries(from rows: Rows) throws(DatabaseError) -> [ScheduleEntry] {
        try values(rows, of: "schedule", ScheduleEntry.init)
    }

    /// A moment as SQL, to the microsecond.
    private static func instant(_ timestamp: Timestamp) -> String {
        "(timestamptz 'epoch' + \(timestamp.microseconds) * interval '1 microsecond')"
    }
}

extension ScheduleEntry {
    fileprivate init?(_ rows: Rows, _ row: Int) {
        guard let number = rows.integer(row, 0),
            let kind = rows.text(row, 1).flatMap(Kind.init(rawValue:)),
            let goal = rows.text(row, 2), let summary = rows.text(row, 3),
            let digest = rows.text(row, 4).flatMap(Checksum.init(hex:)),
            let notBefore = rows.integer(row, 5), let notAfter = rows.integer(row, 6),
            let said = rows.text(row, 7), let createdAt = rows.integer(row, 8),
            let createdBy = rows.text(row, 9),
            let state = rows.text(row, 10).flatMap(State.init(rawValue:))
        else { return nil }
        self.init(
            id: ScheduleID(number),
            draft: Draft(
                kind: kind, goal: goal, summary: summary, planDigest: digest,
                notBefore: Timestamp(microseconds: notBefore),
                notAfter: Timestamp(microseconds: notAfter), said: said, createdBy: createdBy,
                reverts: rows.integer(row, 13).map(RunID.init)),
            createdAt: Timestamp(microseconds: createdAt), state: state,
            endedAt: rows.integer(row, 11).map(Timestamp.init(microseconds:)),
            run: rows.integer(row, 12).map(RunID.init), message: rows.text(row, 14))
    }
}
