public import ApusCore
public import ApusEngine
import GRDBSQLite

extension SQLiteSession {
    public func dataMigrations() async throws(DatabaseError) -> [DataMigrationProgress] {
        guard let connection = try existing() else { return [] }
        return try await connection.read { [registry] (database) throws(DatabaseError) in
            try registry.dataMigrations(in: database)
        }
    }

    public func checkKey(of clause: BatchClause) async throws(DatabaseError) {
        guard let connection = try existing() else { return }
        try await connection.read { (database) throws(DatabaseError) in
            _ = try BatchKey(clause).check(in: database)
        }
    }

    public func beginBatches(
        _ work: BatchWork
    ) async throws(DatabaseError) -> DataMigrationProgress {
        try await write { [registry] (database) throws(DatabaseError) in
            let key = BatchKey(work.clause)
            let types = try key.check(in: database)
            if let known = try registry.batches(work, in: database) {
                try work.check(types, begunWith: known.types)
                return known.progress
            }
            try registry.insert(
                work, types: types, expected: try key.count(in: database), in: database)
            guard let made = try registry.batches(work, in: database) else {
                throw .rolledBack(work)
            }
            return made.progress
        }
    }

    public func performBatch(_ work: BatchWork) async throws(DatabaseError) -> BatchOutcome {
        guard let connection = try existing() else {
            throw DatabaseError(.connectionLost, "the database is gone")
        }
        let interruption = Interruption()
        let batch = SQLiteBatch(
            work: work, registry: registry, interruption: interruption, connection: connection)
        let outcome: Result<BatchOutcome, DatabaseError> = await withTaskCancellationHandler {
            do throws(DatabaseError) {
                return .success(try await batch.perform())
            } catch {
                return .failure(error)
            }
        } onCancel: {
            interruption.cancel()
        }
        return try outcome.get()
    }

    public func rows(
        ofVerification query: Statement, in source: MigrationSource
    ) async throws(DatabaseError) -> QueryRows {
        guard let connection = try existing() else {
            throw DatabaseError(.connectionLost, "the database is gone")
        }
        return try await connection.read { (database) throws(DatabaseError) in
            try source.withBytes { (bytes) throws(DatabaseError) in
                try RawQuery.firstRows(
                    of: UnsafeRawBufferPointer(rebasing: bytes[query.range]), limit: 5,
                    on: database.handle)
            }
        }
    }

    public func change(
        _ migration: MigrationID, _ change: DataMigrationChange
    ) async throws(DatabaseError) -> [DataMigrationProgress] {
        guard try await !dataMigrations().isEmpty else { return [] }
        return try await write { [registry] (database) throws(DatabaseError) in
            try registry.change(migration, change, in: database)
        }
    }

    public func failBatches(
        _ migration: MigrationID, statement: Int, message: String
    ) async throws(DatabaseError) {
        try await set(.failed, message, migration, statement)
    }

    public func completeBatches(
        _ migration: MigrationID, statement: Int
    ) async throws(DatabaseError) {
        try await set(.done, nil, migration, statement)
    }

    private func set(
        _ state: DataMigrationProgress.State, _ message: String?, _ migration: MigrationID,
        _ statement: Int
    ) async throws(DatabaseError) {
        try await write { [registry] (database) throws(DatabaseError) in
            for var progress in try registry.dataMigrations(in: database)
            where progress.migration == migration && progress.statement == statement {
                progress.state = state
                progress.message = message
                progress.changedAt = .now
                try registry.update(progress, in: database)
            }
        }
    }

    public func claimBatches(of migration: MigrationID) async throws(DatabaseError) -> Bool {
        try takeClaim()
    }

    public func releaseBatches(of migration: MigrationID) async throws(DatabaseError) {
        giveClaimBack()
    }

    /// SQLite tells of nobody else.
    public func load() async throws(DatabaseError) -> DatabaseLoad { DatabaseLoad() }
}

/// One batch, from its BEGIN to its COMMIT.
struct SQLiteBatch: Sendable {
    let work: BatchWork
    let registry: Registry
    let interruption: Interruption
    let connection: Connection

    private struct Open: Sendable {
        var progress: DataMigrationProgress
        var key: [String]
        var rows: Int
        var batch: DataBatch?
    }

    private enum Opening: Sendable {
        case over(BatchOutcome)
        case open(Open)
    }

    func perform() async throws(DatabaseError) -> BatchOutcome {
        let start = ContinuousClock.now
        do throws(DatabaseError) {
            let open: Open
            switch try await connection.run({ (database) throws(DatabaseError) in
                try self.open(database, start)
            }) {
            case .over(let outcome): return outcome
            case .open(let batch): open = batch
            }
            if let handler = work.handler, let batch = open.batch {
                try await perform(handler, batch)
            }
            return try await connection.run { (database) throws(DatabaseError) in
                try close(open, start, database)
            }
        } catch {
            try? await connection.run { (database) throws(DatabaseError) in
                database.rollBack()
                interruption.detach(from: database.handle)
            }
            throw interruption.isCancelled ? .cancelled : error
        }
    }

    private func open(
        _ database: Connection.Access, _ start: ContinuousClock.Instant
    ) throws(DatabaseError) -> Opening {
        let handle = database.handle
        interruption.attach(to: handle, lockTimeout: work.lockTimeout) { _ in }
        if interruption.isCancelled { throw .cancelled }
        try RawStatement.execute("BEGIN IMMEDIATE", on: handle)
        guard let known = try registry.batches(work, in: database) else { throw .rolledBack(work) }
        let progress = known.progress
        guard progress.state == .open else {
            database.rollBack()
            interruption.detach(from: handle)
            return .over(BatchOutcome(progress: progress, rows: 0, took: .zero))
        }
        let key = BatchKey(work.clause)
        try work.check(try key.check(in: database), begunWith: known.types)
        guard
            let range = try key.range(
                behind: progress.lastKey, size: progress.size, in: database)
        else {
            database.rollBack()
            interruption.detach(from: handle)
            return .over(
                BatchOutcome(progress: progress, rows: 0, took: ContinuousClock.now - start))
        }
        interruption.beginStatement(timeout: work.statementTimeout)
        defer { interruption.endStatement() }
        let sql = Array(work.template.sql(start: range.first, end: range.last).utf8)
        var open = Open(progress: progress, key: range.last, rows: range.rows)
        if work.handler != nil {
            let found = try sql.withUnsafeBufferPointer { (bytes) throws(DatabaseError) in
                try RawQuery.firstRows(
                    of: UnsafeRawBufferPointer(bytes), limit: .max, on: handle)
            }
            open.batch = DataBatch(
                migration: work.migration, columns: found.columns,
                rows: found.first.map { DataRow(columns: found.columns, values: $0) })
        } else {
            try sql.withUnsafeBufferPointer { (bytes) throws(DatabaseError) in
                _ = try RawStatement.execute(UnsafeRawBufferPointer(bytes), on: handle)
            }
        }
        failpoint("sqlite.batch.statement-done")
        return .open(open)
    }

    private func perform(
        _ handler: any DataMigration, _ batch: DataBatch
    ) async throws(DatabaseError) {
        do {
            try await handler.perform(batch, in: SQLiteDataSession(connection: connection))
        } catch let error as DatabaseError {
            throw error
        } catch is CancellationError {
            throw .cancelled
        } catch {
            throw DatabaseError(.statementFailed, "\(handler.name): \(error)")
        }
    }

    private func close(
        _ open: Open, _ start: ContinuousClock.Instant, _ database: Connection.Access
    ) throws(DatabaseError) -> BatchOutcome {
        guard database.isInTransaction else {
            throw DatabaseError(.transactionControl, "the statement ended its batch's transaction")
        }
        let took = ContinuousClock.now - start
        let progress = open.progress.behind(
            batchOf: open.rows, lastKey: open.key, took: took, at: .now,
            BatchPace(target: work.clause.target))
        try registry.update(progress, in: database)
        failpoint("sqlite.batch.noted")
        try RawStatement.execute("COMMIT", on: database.handle)
        failpoint("sqlite.batch.committed")
        interruption.detach(from: database.handle)
        return BatchOutcome(progress: progress, rows: open.rows, took: took)
    }
}

/// What a data migration of the host's does goes over its batch's own connection.
struct SQLiteDataSession: DataSession {
    let connection: Connection

    func execute(
        _ sql: String, _ parameters: [DataValue]
    ) async throws(DatabaseError) -> Int64 {
        let text = Array(try Self.filled(sql, parameters).utf8)
        return try await connection.run { (database) throws(DatabaseError) in
            try text.withUnsafeBufferPointer { (bytes) throws(DatabaseError) in
                try RawStatement.execute(UnsafeRawBufferPointer(bytes), on: database.handle) ?? 0
            }
        }
    }

    func rows(of sql: String, _ parameters: [DataValue]) async throws(DatabaseError) -> [DataRow] {
        let text = Array(try Self.filled(sql, parameters).utf8)
        return try await connection.run { (database) throws(DatabaseError) in
            let found = try text.withUnsafeBufferPointer { (bytes) throws(DatabaseError) in
                try RawQuery.firstRows(
                    of: UnsafeRawBufferPointer(bytes), limit: .max, on: database.handle)
            }
            return found.first.map { DataRow(columns: found.columns, values: $0) }
        }
    }

    private static func filled(
        _ sql: String, _ parameters: [DataValue]
    ) throws(DatabaseError) -> String {
        if let text = ParameterText.filled(sql, parameters.map(\.sqliteLiteral), dialect: .sqlite) {
            return text
        }
        throw DatabaseError(
            .statementFailed, "the statement asks for more than \(parameters.count) parameters")
    }
}

extension DataValue {
    fileprivate var sqliteLiteral: String {
        switch self {
        case .null: "NULL"
        case .integer(let number): "(\(number))"
        case .real(let number): "(\(number))"
        case .text(let text): "'\(text.replacing("'", with: "''"))'"
        }
    }
}
