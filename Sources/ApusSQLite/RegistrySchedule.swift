public import ApusCore
public import ApusEngine
import GRDB

public import struct ApusEngine.DatabaseError

/// The rows of what is to be run at its time.
extension Registry {
    func insert(
        _ draft: ScheduleEntry.Draft, at now: Timestamp, in database: Database
    ) throws(DatabaseError) -> ScheduleID {
        try mapped {
            try database.execute(
                sql: """
                    INSERT INTO \(schedule) (kind, goal, summary, plan_digest, not_before,
                        not_after, said, created_at, created_by, reverts)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    draft.kind.rawValue, draft.goal, draft.summary, draft.planDigest.hex,
                    draft.notBefore.registryText, draft.notAfter.registryText, draft.said,
                    now.registryText, draft.createdBy, draft.reverts?.number,
                ])
            return ScheduleID(database.lastInsertedRowID)
        }
    }

    func change(
        _ id: ScheduleID, _ change: ScheduleChange, at now: Timestamp, in database: Database
    ) throws(DatabaseError) -> Bool {
        var sets = ["state = ?", "ended_at = ?"]
        var values: [(any DatabaseValueConvertible)?] = [
            change.to.rawValue, change.to.isFinal ? now.registryText : nil,
        ]
        if let run = change.run {
            sets.append("run = ?")
            values.append(run.number)
        }
        if let message = change.message {
            sets.append("message = ?")
            values.append(message)
        }
        if let window = change.window {
            sets += ["not_before = ?", "not_after = ?"]
            values += [window.lowerBound.registryText, window.upperBound.registryText]
        }
        let states = change.from.map(\.rawValue).sorted()
        values.append(id.number)
        values += states
        let places = states.map { _ in "?" }.joined(separator: ", ")
        let (sql, arguments) = (
            "UPDATE \(schedule) SET \(sets.joined(separator: ", ")) WHERE entry = ? AND state IN (\(places))",
            StatementArguments(values)
        )
        return try mapped {
            try database.execute(sql: sql, arguments: arguments)
            return database.changesCount == 1
        }
    }

    func scheduleEntries(
        _ clauses: String, _ arguments: StatementArguments, in database: Database
    ) throws(DatabaseError) -> [ScheduleEntry] {
        guard case .present(let version) = try state(in: database), version >= 4 else { return [] }
        let rows = try mapped {
            try Row.fetchAll(
                database, sql: "SELECT * FROM \(schedule) \(clauses)", arguments: arguments)
        }
        var entries: [ScheduleEntry] = []
        for row in rows {
            guard let entry = ScheduleEntry(row) else {
                throw damaged("a row of \(prefix)schedule cannot be read")
            }
            entries.append(entry)
        }
        return entries
    }
}

extension SQLiteSession {
    public func addToSchedule(
        _ draft: ScheduleEntry.Draft
    ) async throws(DatabaseError) -> ScheduleID {
        try requireLock()
        return try await write { [registry] (database) throws(DatabaseError) in
            try registry.insert(draft, at: .now, in: database)
        }
    }

    public func changeSchedule(
        _ id: ScheduleID, _ change: ScheduleChange
    ) async throws(DatabaseError) -> Bool {
        try await write { [registry] (database) throws(DatabaseError) in
            try registry.change(id, change, at: .now, in: database)
        }
    }

    public func schedule(limit: Int) async throws(DatabaseError) -> [ScheduleEntry] {
        guard let connection = try existing() else { return [] }
        return try await connection.read { [registry] (database) throws(DatabaseError) in
            try registry.scheduleEntries(
                """
                WHERE state IN ('waiting', 'running') OR entry IN
                    (SELECT entry FROM \(registry.schedule) ORDER BY entry DESC LIMIT ?)
                ORDER BY entry DESC
                """, [max(0, limit)], in: database)
        }
    }

    public func scheduled(_ id: ScheduleID) async throws(DatabaseError) -> ScheduleEntry? {
        guard let connection = try existing() else { return nil }
        return try await connection.read { [registry] (database) throws(DatabaseError) in
            try registry.scheduleEntries("WHERE entry = ?", [id.number], in: database).first
        }
    }
}

extension ScheduleEntry {
    fileprivate init?(_ row: Row) {
        guard let kind = Kind(rawValue: row["kind"]), let state = State(rawValue: row["state"]),
            let digest = Checksum(hex: row["plan_digest"]),
            let notBefore = Timestamp(registryText: row["not_before"]),
            let notAfter = Timestamp(registryText: row["not_after"]),
            let createdAt = Timestamp(registryText: row["created_at"])
        else { return nil }
        let (run, reverts): (Int64?, Int64?) = (row["run"], row["reverts"])
        let endedAt: String? = row["ended_at"]
        self.init(
            id: ScheduleID(row["entry"]),
            draft: Draft(
                kind: kind, goal: row["goal"], summary: row["summary"], planDigest: digest,
                notBefore: notBefore, notAfter: notAfter, said: row["said"],
                createdBy: row["created_by"], reverts: reverts.map(RunID.init)),
            createdAt: createdAt, state: state,
            endedAt: endedAt.flatMap { Timestamp(registryText: $0) }, run: run.map(RunID.init),
            message: row["message"])
    }
}
