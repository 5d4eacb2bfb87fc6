public import ApusCore
public import ApusEngine

extension PostgresSession {
    public func checkKey(of clause: BatchClause) throws(DatabaseError) {
        try makeReadyForBatches()
        _ = try BatchKey(clause).check(on: connection)
    }

    public func beginBatches(_ work: BatchWork) throws(DatabaseError) -> DataMigrationProgress {
        try makeReadyForBatches()
        let connection = try connection
        let key = BatchKey(work.clause)
        let types = try key.check(on: connection)
        let values = [
            work.migration.description.sqlLiteral, String(work.statement),
            work.meaning.hex.sqlLiteral, types.sqlLiteral, String(work.clause.size),
            "(\(key.estimate))", work.run.description,
        ]
        try writing(
            """
            INSERT INTO \(names.batches) (migration, statement, meaning, key_types, size, \
            rows_expected, run) VALUES (\(values.joined(separator: ", "))) \
            ON CONFLICT (migration, statement) DO NOTHING
            """)
        let rows = try connection.execute(lockedRow(work))
        guard let progress = try progress(rows).first else { throw .rolledBack(work) }
        try work.check(types, begunWith: rows.text(0, 14) ?? "")
        return progress
    }

    public func performBatch(_ work: BatchWork) async throws(DatabaseError) -> BatchOutcome {
        let start = ContinuousClock.now
        let open: OpenBatch
        switch try await cancellable({ () throws(DatabaseError) in try openBatch(work, start) }) {
        case .over(let outcome): return outcome
        case .open(let batch): open = batch
        }
        do throws(DatabaseError) {
            if let handler = work.handler { try await perform(handler, open) }
            return try await cancellable { () throws(DatabaseError) in
                try close(open, since: start)
            }
        } catch {
            if let connection = try? connection, connection.isInTransaction {
                connection.batch("ROLLBACK")
            }
            throw error
        }
    }

    /// A batch whose transaction is open and whose range is known.
    struct OpenBatch: Sendable {
        var work: BatchWork
        var progress: DataMigrationProgress
        var range: BatchKey.Range
        /// What the statement gave, for a handler.
        var batch: DataBatch?
    }

    private enum Opening: Sendable {
        case over(BatchOutcome)
        case open(OpenBatch)
    }

    private func openBatch(
        _ work: BatchWork, _ start: ContinuousClock.Instant
    ) throws(DatabaseError) -> Opening {
        try makeReadyForBatches()
        guard !cancellation.isRequested else { throw .interrupted }
        let connection = try connection
        try connection.execute(
            """
            BEGIN READ WRITE; SET LOCAL lock_timeout = \(work.lockTimeout.sqlTimeout); \
            SET LOCAL statement_timeout = \(work.statementTimeout.sqlTimeout)
            """)
        var types: String?
        do throws(DatabaseError) {
            let row = try connection.execute(lockedRow(work))
            guard let progress = try progress(row).first else { throw .rolledBack(work) }
            guard progress.state == .open else {
                try connection.execute("ROLLBACK")
                return .over(BatchOutcome(progress: progress, rows: 0, took: .zero))
            }
            failpoint("postgres.batch.row-locked")
            let key = BatchKey(work.clause)
            let begun = row.text(0, 14) ?? ""
            types = begun
            let range = try key.range(
                behind: progress.lastKey, size: progress.size, types: begun, work, on: connection)
            guard let range else {
                try connection.execute("ROLLBACK")
                return .over(
                    BatchOutcome(progress: progress, rows: 0, took: ContinuousClock.now - start))
            }
            let sql = work.template.sql(start: range.first, end: range.last)
            let rows = try connection.execute(sql)
            failpoint("postgres.batch.statement-done")
            var open = OpenBatch(work: work, progress: progress, range: range)
            if work.handler != nil {
                let columns = rows.columns
                open.batch = DataBatch(
                    migration: work.migration, columns: columns,
                    rows: (0..<rows.count).map { row in
                        DataRow(
                            columns: columns,
                            values: columns.indices.map { rows.text(row, $0) })
                    })
            }
            return .open(open)
        } catch {
            if connection.isInTransaction { connection.batch("ROLLBACK") }
            // The server refuses to compare the last key with a column of another type.
            if error.sqlState == "42883", let begun = types {
                try work.check(
                    try BatchKey(work.clause).check(on: connection), begunWith: begun)
            }
            throw error
        }
    }

    private func perform(
        _ handler: any DataMigration, _ open: OpenBatch
    ) async throws(DatabaseError) {
        guard let batch = open.batch else { return }
        do {
            try await handler.perform(batch, in: PostgresDataSession(session: self))
        } catch let error as DatabaseError {
            throw error
        } catch is CancellationError {
            throw .interrupted
        } catch {
            throw DatabaseError(.statementFailed, "\(handler.name): \(error)")
        }
        guard try connection.isInTransaction else {
            throw DatabaseError(
                .transactionControl, "\(handler.name) ended the transaction of its batch")
        }
    }

    /// The note of a batch, and its COMMIT.
    private func close(
        _ open: OpenBatch, since start: ContinuousClock.Instant
    ) throws(DatabaseError) -> BatchOutcome {
        let connection = try connection
        guard connection.isInTransaction else {
            throw DatabaseError(.transactionControl, "the statement ended its batch's transaction")
        }
        let took = ContinuousClock.now - start
        let progress = open.progress.behind(
            batchOf: open.range.rows, lastKey: open.range.lastKey, took: took,
            at: .now, BatchPace(target: open.work.clause.target))
        let lastKey = open.range.lastKey.map(\.sqlLiteral).joined(separator: ", ")
        let note = """
            UPDATE \(names.batches) AS b SET last_key = ARRAY[\(lastKey)]::pg_catalog.text[], \
            size = \(progress.size), batches_done = \(progress.batchesDone), \
            rows_done = \(progress.rowsDone), busy_us = \(progress.busy.microseconds), \
            changed_at = pg_catalog.clock_timestamp() WHERE \(Self.row(open.work))
            """
        try connection.execute((SessionSettings.ownRole + [note]).script)
        failpoint("postgres.batch.noted")
        try commit(connection)
        failpoint("postgres.batch.committed")
        return BatchOutcome(progress: progress, rows: open.range.rows, took: took)
    }

    private func commit(_ connection: Connection) throws(DatabaseError) {
        guard try connection.execute("COMMIT").tag == "COMMIT" else {
            throw DatabaseError(.commitFailed, "the server rolled the batch back")
        }
    }

    public func rows(
        ofVerification query: Statement, in source: MigrationSource
    ) async throws(DatabaseError) -> QueryRows {
        try await cancellable { () throws(DatabaseError) in
            try makeReadyForBatches()
            let connection = try connection
            try connection.execute("BEGIN READ ONLY")
            defer { connection.batch("ROLLBACK") }
            return try connection.firstRows(of: query, in: source, limit: 5)
        }
    }
}

/// What a data migration of the host's does goes over its batch's own connection.
struct PostgresDataSession: DataSession {
    let session: PostgresSession

    func execute(
        _ sql: String, _ parameters: [DataValue]
    ) async throws(DatabaseError) -> Int64 {
        try await session.executeInBatch(sql, parameters).changed
    }

    func rows(of sql: String, _ parameters: [DataValue]) async throws(DatabaseError) -> [DataRow] {
        try await session.executeInBatch(sql, parameters).rows
    }
}

extension PostgresSession {
    func executeInBatch(
        _ sql: String, _ parameters: [DataValue]
    ) async throws(DatabaseError) -> (changed: Int64, rows: [DataRow]) {
        let literals = parameters.map(\.postgresLiteral)
        guard let text = ParameterText.filled(sql, literals, dialect: .postgres) else {
            throw DatabaseError(
                .statementFailed, "the statement asks for more than \(parameters.count) parameters")
        }
        return try await cancellable { () throws(DatabaseError) in
            let rows = try connection.execute(text)
            let columns = rows.columns
            return (
                rows.affected ?? 0,
                (0..<rows.count).map { row in
                    DataRow(columns: columns, values: columns.indices.map { rows.text(row, $0) })
                }
            )
        }
    }
}

extension DataValue {
    /// Untyped where it is a text, so that the server takes it for what it is compared with.
    fileprivate var postgresLiteral: String {
        switch self {
        case .null: "NULL"
        case .integer(let number): "(\(number))"
        case .real(let number): "'\(number)'::pg_catalog.float8"
        case .text(let text): text.sqlLiteral
        }
    }
}
