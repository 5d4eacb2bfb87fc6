public import ApusCore
public import ApusEngine

/// A session with the values of an ``InMemoryDriver``.
public struct InMemorySession: DatabaseSession {
    let store: InMemoryStore
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

    public func runLock() async throws(DatabaseError) -> RunLock {
        store.read(\.lockHolder).map { .held(LockHolder(processID: $0, user: "memory")) } ?? .free
    }

    public func statistics() async throws(DatabaseError) -> DatabaseStatistics {
        DatabaseStatistics(
            tables: store.read(\.tables).map { TableStatistics(name: $0, rows: nil, bytes: nil) })
    }

    public func health() async throws(DatabaseError) -> DatabaseHealth {
        DatabaseHealth(strayRows: store.read(\.strayRows))
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

    public func confirmLock() async throws(DatabaseError) {
        guard store.read(\.lockHolder) == number else {
            throw DatabaseError(.lockLost, "the lock is not held")
        }
    }

    public func prepareRegistry() async throws(DatabaseError) {
        store.change { $0.hasRegistry = true }
    }

    public func beginRun(_ run: RunStart) async throws(DatabaseError) -> RunID {
        store.change { content in
            for index in content.runs.indices where content.runs[index].status == .running {
                content.runs[index].status = .interrupted
                content.runs[index].endedAt = .now
                content.runs[index].schemaDigest = nil
            }
            let id = RunID(Int64(content.runs.count) + 1)
            content.runs.append(
                RunRecord(
                    id: id, kind: run.kind.rawValue, status: .running, summary: run.summary,
                    from: run.from, to: run.to, startedAt: .now, endedAt: nil,
                    startedBy: run.startedBy, databaseUser: "memory",
                    toolVersion: run.toolVersion, failureCode: nil, failureMessage: nil,
                    backupName: nil))
            content.runs[content.runs.count - 1].planDigest = run.planDigest
            content.runs[content.runs.count - 1].plan = run.plan
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

    public func record(
        _ steps: [Step], in run: RunID
    ) async throws(DatabaseError) -> [StepOutcome] {
        let now = Timestamp.now
        let refused = store.change { content -> DatabaseError? in
            let before = content
            for step in steps {
                if let error = content.record(step, run: run, at: now, duration: .zero) {
                    content = before
                    return error
                }
                content.journal.append(
                    InMemoryStore.JournalRow(
                        run: run, meaning: step.script.meaning,
                        entry: JournalEntry(
                            migration: step.id, direction: step.direction, status: .done,
                            statementsDone: step.script.statementCount,
                            statementCount: step.script.statementCount, startedAt: now,
                            duration: .zero, message: nil)))
            }
            return nil
        }
        if let refused { throw refused }
        return steps.map {
            StepOutcome(
                id: $0.id, direction: $0.direction, action: $0.action, status: .done,
                startedAt: now, duration: .zero, statementsRun: 0)
        }
    }

    public func recordBackup(_ backup: BackupRecord, in run: RunID?) async throws(DatabaseError) {
        store.change { content in
            content.backups.append(backup)
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
            content.runs[index].schemaDigest = end.schema?.digest
            content.runs[index].locks = end.locks
            if let schema = end.schema { content.keep(schema, after: end.schemaMigration) }
        }
    }

    public func recordSchema(
        _ schema: SchemaSnapshot, after migration: MigrationID
    ) async throws(DatabaseError) {
        store.change { $0.keep(schema, after: migration) }
    }

    public func recordedSchema() async throws(DatabaseError) -> RecordedSchema {
        guard let run = store.read(\.runs).last(where: { $0.kind != RunKind.backup.rawValue })
        else { return .never }
        if run.schemaDigest == nil, let kept = store.read(\.keptSchema) { return kept }
        return RecordedSchema(run: run.id, status: run.status, digest: run.schemaDigest)
    }

    public func contradictions() async throws(DatabaseError) -> [JournalContradiction] {
        store.read(\.contradictions)
    }

    public func recordedSchema(
        _ digest: Checksum
    ) async throws(DatabaseError) -> SchemaSnapshot? {
        store.read { $0.schemas[digest] }
    }

    public func runs(limit: Int) async throws(DatabaseError) -> [RunRecord] {
        store.read(\.runs).reversed().prefix(limit).map { run in
            var listed = run
            listed.plan = nil
            listed.locks = []
            return listed
        }
    }

    public func run(_ id: RunID) async throws(DatabaseError) -> RunRecord? {
        guard var record = store.read(\.runs).first(where: { $0.id == id }) else { return nil }
        record.journal = store.read(\.journal).filter { $0.run == id }.map(\.entry)
        return record
    }

    public func activity() async throws(DatabaseError) -> RunActivity? {
        store.read(\.lockHolder).map { RunActivity(processID: $0, user: "memory") }
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
