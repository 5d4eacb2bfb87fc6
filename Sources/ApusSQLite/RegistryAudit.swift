import ApusCore
import ApusEngine
import GRDB

import struct ApusEngine.DatabaseError

/// The rows of the audit: one before an action, one behind it.
extension Registry {
    func insert(
        _ intent: AuditIntent, at now: Timestamp, in database: Database
    ) throws(DatabaseError) -> AuditID {
        guard case .present(let version) = try state(in: database), version >= 2 else {
            throw .noAudit
        }
        if let key = intent.key, try audited(key: key, in: database) != nil { throw .repeated }
        return try mapped {
            try database.execute(
                sql: """
                    INSERT INTO \(audit) (at, person, address, action, subject, request_key)
                    VALUES (?, ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    now.registryText, intent.person, intent.address, intent.action,
                    intent.subject, intent.key,
                ])
            return AuditID(database.lastInsertedRowID)
        }
    }

    func insert(
        outcome: String, of intent: AuditID, run: RunID?, at now: Timestamp, in database: Database
    ) throws(DatabaseError) {
        try mapped {
            try database.execute(
                sql: """
                    INSERT INTO \(audit) (at, intent, person, action, subject, outcome, run)
                    SELECT ?, entry, person, action, subject, ?, ? FROM \(audit) WHERE entry = ?
                    """,
                arguments: [now.registryText, outcome, run?.number, intent.number])
        }
    }

    func entries(
        limit: Int, before: AuditID?, in database: Database
    ) throws(DatabaseError) -> [AuditEntry] {
        try entries(
            "AND a.entry < ? ORDER BY a.entry DESC LIMIT ?",
            [before?.number ?? .max, max(0, limit)], in: database)
    }

    func audited(key: String, in database: Database) throws(DatabaseError) -> AuditEntry? {
        try entries("AND a.request_key = ?", [key], in: database).first
    }

    /// The times that a migration was taken, newest first.
    func attempts(
        of id: MigrationID, limit: Int, in database: Database
    ) throws(DatabaseError) -> [MigrationAttempt] {
        guard case .present = try state(in: database) else { return [] }
        let rows = try mapped {
            try Row.fetchAll(
                database,
                sql: """
                    SELECT * FROM \(journal) AS j WHERE migration = ?
                        AND \(UndoneBatchesNote.isStep) ORDER BY entry DESC LIMIT ?
                    """,
                arguments: [id.description, max(0, limit)])
        }
        return rows.compactMap { row in
            JournalEntry(row).map { MigrationAttempt(run: RunID(row["run"]), entry: $0) }
        }
    }

    private func entries(
        _ clauses: String, _ arguments: StatementArguments, in database: Database
    ) throws(DatabaseError) -> [AuditEntry] {
        guard case .present(let version) = try state(in: database), version >= 2 else { return [] }
        let rows = try mapped {
            try Row.fetchAll(
                database,
                sql: """
                    SELECT a.*, o.outcome AS result, o.run AS led_to FROM \(audit) AS a
                    LEFT JOIN \(audit) AS o ON o.intent = a.entry
                    WHERE a.intent IS NULL \(clauses)
                    """,
                arguments: arguments)
        }
        return rows.compactMap { row in
            guard let at = Timestamp(registryText: row["at"]) else { return nil }
            let run: Int64? = row["led_to"]
            return AuditEntry(
                id: AuditID(row["entry"]), at: at, person: row["person"], address: row["address"],
                action: row["action"], subject: row["subject"], outcome: row["result"],
                run: run.map(RunID.init))
        }
    }
}
