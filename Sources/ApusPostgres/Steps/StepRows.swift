import ApusCore
import ApusEngine

extension PostgresSession {
    /// SQL commands that record a step as done: its journal row, the end of whatever was left
    /// unfinished of the same migration, and its history row. `duration` is SQL for microseconds.
    ///
    /// They are sent ahead of the answers, together with the COMMIT behind them. So the server itself
    /// refuses where the history is not what it must be, because somebody else changed it although we
    /// hold the lock: adding a row that is there breaks its key, and undoing nothing divides by zero.
    func recording(_ work: StepWork, journal: String, duration: String) -> [String] {
        let step = work.step
        let settling = settling(step.id, by: work.run)
        let row = "\(names.migrations) WHERE id = \(step.id.description.sqlLiteral)"
        switch (step.action, step.direction) {
        case (.accept, _):
            return [
                journal, settling,
                """
                WITH accepted AS (\(acceptance(work)) RETURNING 1) \
                SELECT 1 / pg_catalog.count(*) FROM accepted
                """,
            ]
        case (.settle, _):
            return [journal, settling, "SELECT 1 / pg_catalog.count(*) FROM \(row)"]
        case (_, .up): return [journal, settling, insertion(work, duration)]
        case (_, .down):
            // Undoing what was only partly applied removes traces instead of a history row. What the
            // migrations applied since left of the schema is not what they would leave now.
            return [
                journal,
                """
                WITH settled AS (\(settling) RETURNING 1), \
                batches AS (DELETE FROM \(names.batches) \
                WHERE migration = \(step.id.description.sqlLiteral) RETURNING *), \
                kept AS (\(keeping("batches"))), \
                undone AS (DELETE FROM \(row) RETURNING position), \
                later AS (UPDATE \(names.migrations) SET schema_digest = NULL \
                WHERE schema_digest IS NOT NULL AND position > (SELECT u.position FROM undone u)) \
                SELECT 1 / pg_catalog.count(*) FROM (TABLE settled UNION ALL SELECT 1 FROM undone) \
                AS traces
                """,
            ]
        }
    }

    /// What batches came to stays in the journal: see ``UndoneBatchesNote``.
    private func keeping(_ batches: String) -> String {
        """
        INSERT INTO \(names.journal) (run, migration, direction, status, meaning, \
        statements_done, statement_count, started_at, duration_us, message) \
        SELECT b.run, b.migration, 'up', 'settled', b.meaning, b.statement, b.statement + 1, \
        b.started_at, b.busy_us, \
        pg_catalog.concat(b.rows_done, \(UndoneBatchesNote.words.sqlLiteral), b.state) \
        FROM \(batches) b
        """
    }

    /// A whole journal row.
    func journalRow(
        _ work: StepWork, _ status: JournalEntry.Status, statementsDone: Int,
        duration: String? = nil, message: String? = nil
    ) -> String {
        let step = work.step
        let startedAt =
            work.isAhead && status == .done
            ? "pg_catalog.transaction_timestamp()" : Self.moment(work.startedAt)
        let values = [
            work.run.description, step.id.description.sqlLiteral,
            step.direction.rawValue.sqlLiteral, status.rawValue.sqlLiteral,
            step.script.meaning.hex.sqlLiteral, String(statementsDone),
            String(step.script.statementCount), startedAt,
            status == .started ? "NULL" : duration ?? String(work.elapsed), message.sqlLiteral,
        ]
        return """
            INSERT INTO \(names.journal) (run, migration, direction, status, meaning, \
            statements_done, statement_count, started_at, duration_us, message) \
            VALUES (\(values.joined(separator: ", ")))
            """
    }

    private func insertion(_ work: StepWork, _ duration: String) -> String {
        let step = work.step
        let fields =
            fileFields(work) + [
                ("id", step.id.description.sqlLiteral),
                ("version", step.id.version.description.sqlLiteral),
                ("name", step.id.name.sqlLiteral), ("applied_by", appliedBy(work.run)),
                ("duration_us", duration), ("run", work.run.description),
                ("is_baseline", String(step.action == .record)),
            ]
        return """
            INSERT INTO \(names.migrations) (\(fields.map(\.0).joined(separator: ", "))) \
            VALUES (\(fields.map(\.1).joined(separator: ", ")))
            """
    }

    private func acceptance(_ work: StepWork) -> String {
        let changes = fileFields(work).map { "\($0) = \($1)" }.joined(separator: ", ")
        return """
            UPDATE \(names.migrations) SET \(changes) \
            WHERE id = \(work.step.id.description.sqlLiteral)
            """
    }

    /// The columns of a history row that its file determines, and their values.
    private func fileFields(_ work: StepWork) -> [(String, String)] {
        let step = work.step
        let record = step.record
        var source = "NULL"
        var downSource = "NULL"
        var downTransaction: String?
        switch record?.text {
        case .whole(let bytes): source = bytes.sqlLiteral
        case .down(let bytes, let transaction):
            downSource = bytes.sqlLiteral
            downTransaction = transaction.rawValue
        case .unread, nil: break
        }
        let dependencies = record?.dependencies.map { dependencies in
            let ids = dependencies.map(\.description.sqlLiteral).joined(separator: ", ")
            return "ARRAY[\(ids)]::pg_catalog.text[]"
        }
        return [
            ("checksum", (record?.checksum.hex).sqlLiteral),
            ("up_meaning", (record?.upMeaning ?? step.script.meaning).hex.sqlLiteral),
            ("down_meaning", (record?.downMeaning?.hex).sqlLiteral), ("source", source),
            ("down_source", downSource), ("down_transaction", downTransaction.sqlLiteral),
            ("dependencies", dependencies ?? "NULL"),
            ("minimum_application", (record?.minimumApplication?.description).sqlLiteral),
            ("irreversible_reason", (record?.irreversibleReason).sqlLiteral),
        ]
    }

    /// The database user, and who began the run: `deploy (ana@laptop)`.
    private func appliedBy(_ run: RunID) -> String {
        if let startedBy, startedBy.run == run { return "\(user) (\(startedBy.name))".sqlLiteral }
        return """
            (SELECT pg_catalog.concat(\(user.sqlLiteral), ' (', r.started_by, ')') \
            FROM \(names.runs) r WHERE r.id = \(run))
            """
    }

    private static func moment(_ timestamp: Timestamp) -> String {
        let seconds = timestamp.microseconds / 1_000_000
        let rest = timestamp.microseconds % 1_000_000
        return """
            (pg_catalog.to_timestamp(\(seconds)) + \
            pg_catalog.make_interval(secs => \(rest) / 1000000.0))
            """
    }

    /// An error of the commands of ``recording(_:journal:duration:)``: what the server refuses there
    /// means that another process was at work.
    func explained(_ error: DatabaseError, recording step: Step) -> DatabaseError {
        guard error.sqlState == "23505" || error.sqlState == "22012" else { return error }
        let isAddition = step.direction == .up && (step.action == .run || step.action == .record)
        let what = isAddition ? "applied" : "undone"
        return DatabaseError(
            .lockLost, "another process has \(what) \(step.id.title) meanwhile",
            help: ["apus status"])
    }
}
