public import ApusCore
public import ApusEngine

/// The in-memory driver has tables without rows: a batched statement never has anything left to do.
extension InMemorySession {
    public func dataMigrations() async throws(DatabaseError) -> [DataMigrationProgress] {
        store.read(\.batches)
    }

    public func checkKey(of clause: BatchClause) async throws(DatabaseError) {}

    public func beginBatches(
        _ work: BatchWork
    ) async throws(DatabaseError) -> DataMigrationProgress {
        let made = DataMigrationProgress(
            migration: work.migration, statement: work.statement, meaning: work.meaning,
            size: work.clause.size, rowsExpected: 0, run: work.run, startedAt: .now,
            changedAt: .now)
        return store.change { content in
            if let known = content.batches.first(where: { $0.isRow(of: work) }) { return known }
            content.batches.append(made)
            return made
        }
    }

    public func performBatch(_ work: BatchWork) async throws(DatabaseError) -> BatchOutcome {
        guard let known = store.read(\.batches).first(where: { $0.isRow(of: work) }) else {
            throw DatabaseError(.dataStopped, "\(work.migration.title) was rolled back")
        }
        return BatchOutcome(progress: known, rows: 0, took: .zero)
    }

    public func completeBatches(
        _ migration: MigrationID, statement: Int
    ) async throws(DatabaseError) {
        set(.done, nil, migration, statement)
    }

    public func failBatches(
        _ migration: MigrationID, statement: Int, message: String
    ) async throws(DatabaseError) {
        set(.failed, message, migration, statement)
    }

    private func set(
        _ state: DataMigrationProgress.State, _ message: String?, _ migration: MigrationID,
        _ statement: Int
    ) {
        store.change { content in
            for index in content.batches.indices
            where content.batches[index].migration == migration
                && content.batches[index].statement == statement
            {
                content.batches[index].state = state
                content.batches[index].message = message
            }
        }
    }

    public func rows(
        ofVerification query: Statement, in source: MigrationSource
    ) async throws(DatabaseError) -> QueryRows {
        QueryRows(columns: [], first: [], count: 0)
    }

    public func change(
        _ migration: MigrationID, _ change: DataMigrationChange
    ) async throws(DatabaseError) -> [DataMigrationProgress] {
        store.change { content in
            for index in content.batches.indices
            where content.batches[index].migration == migration {
                let state = change.state(from: content.batches[index].state)
                content.batches[index].state = state ?? content.batches[index].state
            }
            return content.batches.filter { $0.migration == migration }
        }
    }

    public func claimBatches(of migration: MigrationID) async throws(DatabaseError) -> Bool { true }

    public func releaseBatches(of migration: MigrationID) async throws(DatabaseError) {}

    public func load() async throws(DatabaseError) -> DatabaseLoad {
        store.change { $0.loads += 1 }
        return DatabaseLoad()
    }
}

extension DataMigrationProgress {
    fileprivate func isRow(of work: BatchWork) -> Bool {
        migration == work.migration && statement == work.statement
    }
}
