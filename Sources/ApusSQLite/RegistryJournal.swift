import ApusCore
import ApusEngine
import GRDB

import struct ApusEngine.DatabaseError

/// The rows that say how far the steps of a run came.
extension Registry {
    /// Notes a step whose end is known in the same moment.
    func note(
        _ step: Step, run: RunID, status: JournalEntry.Status, statementsDone: Int,
        startedAt: Timestamp, duration: Duration, message: String? = nil, in database: Database
    ) throws(DatabaseError) {
        try mapped {
            try database.execute(
                sql: """
                    INSERT INTO \(journal) (run, migration, direction, status, statements_done,
                        statement_count, meaning, started_at, duration_us, message)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    run.number, step.id.description, step.direction.rawValue, status.rawValue,
                    statementsDone, step.script.statementCount, step.script.meaning.hex,
                    startedAt.registryText, status == .started ? nil : duration.microseconds,
                    message,
                ])
        }
    }

    /// Notes that a non-transactional step begins, and returns the number of its row.
    func begin(
        _ step: Step, run: RunID, startedAt: Timestamp, in database: Database
    ) throws(DatabaseError) -> Int64 {
        // What a former attempt left open goes on in the new row.
        try settle(
            step.id, direction: step.direction, message: "resumed by run \(run)", in: database)
        try note(
            step, run: run, status: .started, statementsDone: step.firstStatement,
            startedAt: startedAt, duration: .zero, in: database)
        return database.lastInsertedRowID
    }

    func update(
        entry: Int64, statementsDone: Int, status: JournalEntry.Status = .started,
        duration: Duration? = nil, message: String? = nil, in database: Database
    ) throws(DatabaseError) {
        try mapped {
            try database.execute(
                sql: """
                    UPDATE \(journal) SET statements_done = ?, status = ?, duration_us = ?, message = ?
                    WHERE entry = ?
                    """,
                arguments: [
                    statementsDone, status.rawValue, duration?.microseconds, message, entry,
                ])
        }
    }

    /// The row of a step that a run has begun and held.
    func heldRow(
        of step: Step, run: RunID, in database: Database
    ) throws(DatabaseError) -> Int64? {
        try mapped {
            try Int64.fetchOne(
                database,
                sql: """
                    SELECT entry FROM \(journal) WHERE run = ? AND migration = ? AND direction = ?
                        AND status = 'started'
                    """,
                arguments: [run.number, step.id.description, step.direction.rawValue])
        }
    }

    /// Closes what is still open of a migration, in one direction or both.
    func settle(
        _ id: MigrationID, direction: Direction? = nil, message: String, in database: Database
    ) throws(DatabaseError) {
        try mapped {
            try database.execute(
                sql: """
                    UPDATE \(journal) SET status = 'settled', message = ?
                    WHERE migration = ? AND status = 'started' AND direction = coalesce(?, direction)
                    """,
                arguments: [message, id.description, direction?.rawValue])
        }
    }

    /// Steps that began and have no end, oldest first.
    func unfinished(in database: Database) throws(DatabaseError) -> [UnfinishedStep] {
        let rows = try mapped {
            try Row.fetchAll(
                database, sql: "SELECT * FROM \(journal) WHERE status = 'started' ORDER BY entry")
        }
        var steps: [UnfinishedStep] = []
        for row in rows {
            guard let entry = JournalEntry(row), let meaning = Checksum(hex: row["meaning"]) else {
                throw damaged("a row of the journal cannot be read")
            }
            steps.append(
                UnfinishedStep(
                    id: entry.migration, direction: entry.direction, run: RunID(row["run"]),
                    statementsDone: entry.statementsDone, statementCount: entry.statementCount,
                    meaning: meaning, startedAt: entry.startedAt))
        }
        return steps
    }

    func isUnfinished(_ id: MigrationID, in database: Database) throws(DatabaseError) -> Bool {
        try mapped {
            try Bool.fetchOne(
                database,
                sql:
                    "SELECT count(*) > 0 FROM \(journal) WHERE migration = ? AND status = 'started'",
                arguments: [id.description]) ?? false
        }
    }

    func journal(of run: RunID, in database: Database) throws(DatabaseError) -> [JournalEntry] {
        let rows = try mapped {
            try Row.fetchAll(
                database,
                sql: """
                    SELECT * FROM \(journal) AS j WHERE run = ? AND \(UndoneBatchesNote.isStep)
                    ORDER BY entry
                    """, arguments: [run.number])
        }
        return rows.compactMap { JournalEntry($0) }
    }
}

extension JournalEntry {
    init?(_ row: Row) {
        guard let migration = MigrationID(row["migration"]),
            let direction = Direction(rawValue: row["direction"]),
            let status = Status(rawValue: row["status"]),
            let startedAt = Timestamp(registryText: row["started_at"])
        else { return nil }
        let duration: Int64? = row["duration_us"]
        self.init(
            migration: migration, direction: direction, status: status,
            statementsDone: row["statements_done"], statementCount: row["statement_count"],
            startedAt: startedAt, duration: duration.map { .microseconds($0) },
            message: row["message"])
    }
}
