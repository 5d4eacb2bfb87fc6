import ApusCore
import ApusEngine
import Synchronization

/// The database behind an ``InMemoryDriver``: one value behind one lock.
final class InMemoryStore: Sendable {
    struct Content: Sendable {
        var hasRegistry = false
        var applied: [AppliedMigration] = []
        var runs: [RunRecord] = []
        var journal: [JournalRow] = []
        var statements: [String] = []
        var schemas: [Checksum: SchemaSnapshot] = [:]
        var audit: [(key: String?, entry: AuditEntry)] = []
        var rehearsals: [RehearsalRecord] = []
        var batches: [DataMigrationProgress] = []
        /// How often somebody asked for the load.
        var loads = 0
        var undoneBatches: [Measurements.UndoneBatches] = []
        var backups: [BackupRecord] = []
        var schedule: [ScheduleEntry] = []
        /// The session that holds the lock.
        var lockHolder: Int64?
        var sessions: Int64 = 0
        /// It is being restored, or was when that died.
        var restoring: RestoreMark?
        /// It is there for a rehearsal; the second value goes away with the rehearsal's owner.
        var rehearsing: (mark: RehearsalMark, owner: InMemoryOwner)?
    }

    /// A journal entry with what a listing leaves out.
    struct JournalRow: Sendable {
        var run: RunID
        var meaning: Checksum
        var entry: JournalEntry
    }

    private let content = Mutex(Content())

    func read<Value: Sendable>(_ part: (Content) -> Value) -> Value {
        content.withLock { part($0) }
    }

    func change<Result: Sendable>(_ body: (inout sending Content) -> sending Result) -> Result {
        content.withLock(body)
    }
}

extension InMemoryStore.Content {
    var history: History {
        guard hasRegistry else { return History(registry: .absent(userTables: 0)) }
        let open = journal.filter { $0.entry.status == .started }
        return History(
            registry: .present(version: 5), applied: applied,
            unfinished: open.map {
                UnfinishedStep(
                    id: $0.entry.migration, direction: $0.entry.direction, run: $0.run,
                    statementsDone: $0.entry.statementsDone,
                    statementCount: $0.entry.statementCount, meaning: $0.meaning,
                    startedAt: $0.entry.startedAt)
            },
            openRuns: runs.filter { $0.status == .running }.map(\.id),
            incomplete: batches.filter { $0.state != .done })
    }

    /// The tables by name, as far as first words tell: CREATE TABLE makes one, DROP TABLE takes it
    /// away, everything else changes none.
    var tables: [String] {
        statements.reduce(into: []) { tables, statement in
            let words = statement.split { $0.isWhitespace || $0 == "(" }.prefix(3).map(String.init)
            guard words.count == 3, words[1].uppercased() == "TABLE" else { return }
            switch words[0].uppercased() {
            case "CREATE": tables.append(words[2])
            case "DROP": tables.removeAll { $0 == words[2] }
            default: break
            }
        }
    }

    /// Keeps a schema beside the migration that left it.
    mutating func keep(_ schema: SchemaSnapshot, after migration: MigrationID?) {
        for index in applied.indices where applied[index].id == migration {
            applied[index].schemaDigest = schema.digest
        }
        schemas[schema.digest] = schema
        let wanted = Set(applied.suffix(2).map(\.schemaDigest) + [schema.digest])
        schemas = schemas.filter { wanted.contains($0.key) }
    }

    /// What the last run left that recorded a schema, where nothing took effect since.
    var keptSchema: RecordedSchema? {
        guard let last = runs.last(where: { $0.schemaDigest != nil }),
            let digest = last.schemaDigest,
            !journal.contains(where: {
                $0.run > last.id && ($0.entry.status != .failed || $0.entry.statementsDone > 0)
            })
        else { return nil }
        return .left(by: last.id, digest)
    }

    var contradictions: [JournalContradiction] {
        let there = Set(applied.map(\.id))
        let done = journal.filter { $0.entry.status == .done }
        return Dictionary(grouping: done, by: \.entry.migration).compactMap { migration, rows in
            guard let last = rows.last, (last.entry.direction == .up) != there.contains(migration)
            else { return nil }
            return JournalContradiction(
                migration: migration, lastDone: last.entry.direction, run: last.run)
        }.sorted { $0.run < $1.run }
    }

    /// Rows of runs that are not there.
    var strayRows: [String] {
        let known = Set(runs.map(\.id))
        let stray = (journal.map(\.run) + applied.map(\.run)).filter { !known.contains($0) }
        return Set(stray).sorted().map { "rows of run \($0)" }
    }

    /// Closes what is open of a migration, in one direction or both.
    mutating func settle(_ id: MigrationID, _ direction: Direction? = nil) {
        for index in journal.indices
        where journal[index].entry.migration == id && journal[index].entry.status == .started
            && direction.map({ $0 == journal[index].entry.direction }) ?? true
        {
            journal[index].entry.status = .settled
        }
    }

    /// Writes or removes the history row; says why it cannot.
    mutating func record(
        _ step: Step, run: RunID, at time: Timestamp, duration: Duration
    ) -> DatabaseError? {
        switch (step.action, step.direction) {
        case (.accept, _), (.settle, _):
            guard let index = applied.firstIndex(where: { $0.id == step.id }) else {
                return DatabaseError(.statementFailed, "\(step.id) is not in the history any more")
            }
            if let record = step.record {
                applied[index].checksum = record.checksum
                applied[index].upMeaning = record.upMeaning
                applied[index].downMeaning = record.downMeaning
                applied[index].text = record.text
                applied[index].dependencies = record.dependencies
                applied[index].minimumApplication = record.minimumApplication
                applied[index].irreversibleReason = record.irreversibleReason
            }
        case (_, .up):
            guard let record = step.record else {
                return DatabaseError(.internalError, "an up step without the row it is to write")
            }
            guard !applied.contains(where: { $0.id == step.id }) else {
                return DatabaseError(.statementFailed, "\(step.id) is already in the history")
            }
            applied.append(
                AppliedMigration(
                    id: step.id, checksum: record.checksum, upMeaning: record.upMeaning,
                    downMeaning: record.downMeaning, text: record.text,
                    dependencies: record.dependencies,
                    minimumApplication: record.minimumApplication,
                    irreversibleReason: record.irreversibleReason, appliedAt: time,
                    appliedBy: runs.first { $0.id == run }?.startedBy ?? "", duration: duration,
                    run: run, isBaseline: step.action == .record))
        case (_, .down):
            let isOpen = journal.contains {
                $0.entry.migration == step.id && $0.entry.status == .started
            }
            guard isOpen || applied.contains(where: { $0.id == step.id }) else {
                return DatabaseError(.statementFailed, "\(step.id) is not in the history any more")
            }
            if let index = applied.firstIndex(where: { $0.id == step.id }) {
                for later in index..<applied.count { applied[later].schemaDigest = nil }
                applied.remove(at: index)
            }
            undoneBatches += batches.filter { $0.migration == step.id }.map {
                Measurements.UndoneBatches(
                    migration: $0.migration, statement: $0.statement, state: $0.state,
                    rows: $0.rowsDone, busy: $0.busy, run: $0.run)
            }
            batches.removeAll { $0.migration == step.id }
        }
        settle(step.id)
        return nil
    }
}
