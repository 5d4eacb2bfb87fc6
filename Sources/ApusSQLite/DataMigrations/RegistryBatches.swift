import ApusCore
import ApusEngine
import GRDB

import struct ApusEngine.DatabaseError

/// The rows that say how far data migrations have come.
extension Registry {
    func dataMigrations(
        in database: Database, _ version: Int
    ) throws(DatabaseError) -> [DataMigrationProgress] {
        guard version >= 4 else { return [] }
        return try progress("ORDER BY started_at, statement", [], in: database)
    }

    func dataMigrations(in database: Database) throws(DatabaseError) -> [DataMigrationProgress] {
        guard case .present(let version) = try state(in: database) else { return [] }
        return try dataMigrations(in: database, version)
    }

    /// The row of one batched statement, with the types of its key.
    func batches(
        _ work: BatchWork, in database: Database
    ) throws(DatabaseError) -> (progress: DataMigrationProgress, types: String)? {
        let arguments: StatementArguments = [work.migration.description, work.statement]
        guard
            let progress = try progress(
                "WHERE migration = ? AND statement = ?", arguments, in: database
            ).first
        else { return nil }
        let types = try mapped {
            try String.fetchOne(
                database,
                sql: "SELECT key_types FROM \(batches) WHERE migration = ? AND statement = ?",
                arguments: arguments)
        }
        return (progress, types ?? "")
    }

    func insert(
        _ work: BatchWork, types: String, expected: Int64?, in database: Database
    ) throws(DatabaseError) {
        let now = Timestamp.now.registryText
        try mapped {
            try database.execute(
                sql: """
                    INSERT INTO \(batches) (migration, statement, meaning, key_types, size,
                        rows_expected, run, started_at, changed_at)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    work.migration.description, work.statement, work.meaning.hex, types,
                    work.clause.size, expected, work.run.number, now, now,
                ])
        }
    }

    func update(
        _ progress: DataMigrationProgress, in database: Database
    ) throws(DatabaseError) {
        try mapped {
            try database.execute(
                sql: """
                    UPDATE \(batches) SET state = ?, last_key = ?, size = ?, batches_done = ?,
                        rows_done = ?, busy_us = ?, changed_at = ?, message = ?
                    WHERE migration = ? AND statement = ?
                    """,
                arguments: [
                    progress.state.rawValue, progress.lastKey.map(JSONTexts.write), progress.size,
                    progress.batchesDone, progress.rowsDone, progress.busy.microseconds,
                    progress.changedAt.registryText, progress.message,
                    progress.migration.description, progress.statement,
                ])
        }
    }

    func change(
        _ migration: MigrationID, _ change: DataMigrationChange, in database: Database
    ) throws(DatabaseError) -> [DataMigrationProgress] {
        let arguments: StatementArguments = [migration.description]
        let filter = "WHERE migration = ? ORDER BY statement"
        for var progress in try progress(filter, arguments, in: database) {
            guard let state = change.state(from: progress.state) else { continue }
            progress.state = state
            progress.message = nil
            progress.changedAt = .now
            try update(progress, in: database)
        }
        return try progress(filter, arguments, in: database)
    }

    /// What they came to stays in the journal: see ``UndoneBatchesNote``.
    func forgetBatches(of migration: MigrationID, in database: Database) throws(DatabaseError) {
        try mapped {
            try database.execute(
                sql: """
                    INSERT INTO \(journal) (run, migration, direction, status, statements_done,
                        statement_count, meaning, started_at, duration_us, message)
                    SELECT run, migration, 'up', 'settled', statement, statement + 1, meaning,
                        started_at, busy_us, rows_done || ? || state
                    FROM \(batches) WHERE migration = ? ORDER BY statement
                    """, arguments: [UndoneBatchesNote.words, migration.description])
            try database.execute(
                sql: "DELETE FROM \(batches) WHERE migration = ?",
                arguments: [migration.description])
        }
    }

    private func progress(
        _ filter: String, _ arguments: StatementArguments, in database: Database
    ) throws(DatabaseError) -> [DataMigrationProgress] {
        let rows = try mapped {
            try Row.fetchAll(
                database, sql: "SELECT * FROM \(batches) \(filter)", arguments: arguments)
        }
        var found: [DataMigrationProgress] = []
        for row in rows {
            guard let progress = DataMigrationProgress(row) else {
                throw damaged("a row of the data migrations cannot be read")
            }
            found.append(progress)
        }
        return found
    }
}

extension DataMigrationProgress {
    fileprivate init?(_ row: Row) {
        guard let migration = MigrationID(row["migration"]),
            let meaning = Checksum(hex: row["meaning"]), let state = State(rawValue: row["state"]),
            let startedAt = Timestamp(registryText: row["started_at"]),
            let changedAt = Timestamp(registryText: row["changed_at"])
        else { return nil }
        var lastKey: [String]?
        if let json: String = row["last_key"] {
            guard let texts = JSONTexts.read(json) else { return nil }
            lastKey = texts
        }
        self.init(
            migration: migration, statement: row["statement"], meaning: meaning, state: state,
            lastKey: lastKey, size: row["size"], batchesDone: row["batches_done"],
            rowsDone: row["rows_done"], rowsExpected: row["rows_expected"],
            busy: .microseconds(row["busy_us"] as Int64), run: RunID(row["run"]),
            startedAt: startedAt, changedAt: changedAt, message: row["message"])
    }
}
