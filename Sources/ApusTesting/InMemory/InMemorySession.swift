public import ApusCore
public import ApusEngine

/// A session with the values of an ``InMemoryDriver``.
public struct InMemorySession: DatabaseSession {
    private let store: InMemoryStore
    private let engine: DatabaseEngine
    private let failing: [String]
    private let holding: [String]
    private let number: Int64

    init(store: InMemoryStore, engine: DatabaseEngine, failing: [String], holding: [String]) {
        self.store = store
        self.engine = engine
        self.failing = failing
        self.holding = holding
        number = store.change { content in
            content.sessions += 1
            return content.sessions
        }
    }

    public func facts() async throws(DatabaseError) -> ServerFacts {
        ServerFacts(
            product: "\(engine.displayName) (in memory)", user: "memory", readOnlyReason: nil)
    }

    public func history(withTexts texts: Bool) async throws(DatabaseError) -> History {
        var history = store.read(\.history)
        if !texts {
            for index in history.applied.indices where history.applied[index].text != nil {
                history.applied[index].text = .unread
            }
        }
        return history
    }

    public func schema() async throws(DatabaseError) -> SchemaSnapshot {
        SchemaSnapshot(
            engine: engine, server: "\(engine.displayName) (in memory)",
            objects: store.read(\.tables).map { SchemaObject(.table, $0) })
    }

    public func acquireLock(
        waitingAtMost limit: Duration, onWait: @Sendable (LockHolder?) -> Void
    ) async throws(DatabaseError) {
        let deadline = ContinuousClock.now + limit
        var reported: Int64?
        while true {
            let holder = store.change { content in
                if content.lockHolder == nil { content.lockHolder = number }
                return content.lockHolder
            }
            if holder == number { return }
            if reported != holder { onWait(LockHolder(processID: holder, user: "memory")) }
            reported = holder
            guard ContinuousClock.now < deadline else {
                throw DatabaseError(.lockBusy, "another session holds the lock")
            }
            do {
                try await Task.sleep(for: .milliseconds(2))
            } catch {
                throw DatabaseError(.interrupted, "cancelled")
            }
        }
    }

    public func releaseLock() async throws(DatabaseError) {
        guard freeLock() else { throw DatabaseError(.lockLost, "the lock was not held") }
    }

    public func prepareRegistry() async throws(DatabaseError) {
        store.change { $0.hasRegistry = true }
    }

    public func beginRun(_ run: RunStart) async throws(DatabaseError) -> RunID {
        store.change { content in
            for index in content.runs.indices where content.runs[index].status == .running {
                content.runs[index].status = .interrupted
                content.runs[index].endedAt = .now
            }
            let id = RunID(Int64(content.runs.count) + 1)
            content.runs.append(
                RunRecord(
                    id: id, kind: run.kind.rawValue, status: .running, summary: run.summary,
                    from: run.from, to: run.to, startedAt: .now, endedAt: nil,
                    startedBy: run.startedBy, databaseUser: "memory",
                    toolVersion: run.toolVersion, failureCode: nil, failureMessage: nil,
                    backupName: nil))
            return id
        }
    }

    public func perform(
        _ step: Step, in run: RunID, options: StepOptions,
        report: @escaping @Sendable (StepEvent) -> Void
    ) async throws(DatabaseError) -> StepOutcome {
        await InMemoryStep(
            step: step, run: run, options: options, store: store, failing: failing,
            holding: holding, report: report
        ).perform()
    }

    public func recordBackup(_ backup: BackupRecord, in run: RunID?) async throws(DatabaseError) {
        store.change { content in
            guard let index = content.runs.firstIndex(where: { $0.id == run }) else { return }
            content.runs[index].backupName = backup.name
        }
    }

    public func endRun(_ run: RunID, _ end: RunEnd) async throws(DatabaseError) {
        store.change { content in
            guard let index = content.runs.firstIndex(where: { $0.id == run }) else { return }
            content.runs[index].status = end.status
            content.runs[index].endedAt = .now
            content.runs[index].failureCode = end.failureCode?.rawValue
            content.runs[index].failureMessage = end.failureMessage
        }
    }

    public func runs(limit: Int) async throws(DatabaseError) -> [RunRecord] {
        Array(store.read(\.runs).reversed().prefix(limit))
    }

    public func run(_ id: RunID) async throws(DatabaseError) -> RunRecord? {
        guard var record = store.read(\.runs).first(where: { $0.id == id }) else { return nil }
        record.journal = store.read(\.journal).filter { $0.run == id }.map(\.entry)
        return record
    }

    public func settleUnfinished(_ step: UnfinishedStep, in run: RunID) async throws(DatabaseError)
    {
        store.change { $0.settle(step.id, step.direction) }
    }

    public func close() async { freeLock() }

    @discardableResult
    private func freeLock() -> Bool {
        store.change { content in
            guard content.lockHolder == number else { return false }
            content.lockHolder = nil
            return true
        }
    }
}
