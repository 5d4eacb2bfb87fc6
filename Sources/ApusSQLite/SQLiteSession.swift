public import ApusCore
public import ApusEngine
import Foundation

/// A session with a SQLite database: one connection, and the lock file beside it.
///
/// The connection is renewed after every step that may have set something in it: temporary objects,
/// attached databases, pragmas. The lock stays, as it is not the connection's.
public actor SQLiteSession: DatabaseSession {
    let location: DatabaseLocation
    let registry: Registry
    private let user = ProcessInfo.processInfo.userName
    /// `nil` while the file does not exist: reading creates nothing.
    private var connection: Connection?
    private var lock: LockFile?
    /// The right to work on batches: a file of its own, because a run may go on meanwhile.
    private var claim: LockFile?

    init(location: DatabaseLocation, registry: Registry) throws(DatabaseError) {
        self.location = location
        self.registry = registry
        guard location.folderExists else {
            throw DatabaseError(
                .cannotConnect, "the folder of the database \(location.path) does not exist")
        }
        if location.exists { connection = try Connection.open(location) }
    }

    public func facts() async throws(DatabaseError) -> ServerFacts {
        ServerFacts(
            product: Connection.product, user: user, readOnlyReason: location.readOnlyReason)
    }

    public func history(withTexts texts: Bool) async throws(DatabaseError) -> History {
        guard let connection = try existing() else {
            return History(registry: .absent(userTables: 0))
        }
        return try await connection.read { [registry] (database) throws(DatabaseError) in
            try registry.history(in: database, withTexts: texts)
        }
    }

    public func schema() async throws(DatabaseError) -> SchemaSnapshot {
        guard let connection = try existing() else {
            return SchemaSnapshot(engine: .sqlite, server: Connection.product, objects: [])
        }
        return try await connection.read { [registry] (database) throws(DatabaseError) in
            try SchemaReading(registry: registry).snapshot(of: database)
        }
    }

    public func runLock() async throws(DatabaseError) -> RunLock {
        guard !location.isInMemory else { return .free }
        return try LockFile.state(location.lockPath)
    }

    public func statistics() async throws(DatabaseError) -> DatabaseStatistics {
        guard let connection = try existing() else { return DatabaseStatistics(tables: []) }
        return try await connection.read { [registry] (database) throws(DatabaseError) in
            try TableStatisticsReading(registry: registry).statistics(of: database)
        }
    }

    public func acquireLock(
        waitingAtMost limit: Duration, onWait: @Sendable (LockHolder?) -> Void
    ) async throws(DatabaseError) {
        if let reason = location.readOnlyReason {
            throw DatabaseError(
                .readOnlyServer, "\(location.path) cannot be written: \(reason)",
                help: [DatabaseEngine.sqlite.adviceWhereReadOnly])
        }
        guard !location.isInMemory else { return }
        let path = location.lockPath
        let clock = ContinuousClock()
        let start = clock.now
        var reportedAt: ContinuousClock.Instant?
        while true {
            if let lock = try LockFile.take(path, user: user) {
                self.lock = consume lock
                return
            }
            let holder = LockFile.holder(path)
            if reportedAt.map({ clock.now - $0 >= .seconds(1) }) ?? true {
                reportedAt = clock.now
                onWait(holder)
            }
            let left = limit - (clock.now - start)
            guard left > .zero else {
                throw DatabaseError(
                    .lockBusy, "another process holds the migration lock of \(location.path)",
                    detail: holder.flatMap(\.processID).map { "it is process \($0)" })
            }
            do {
                try await Task.sleep(for: min(left, .milliseconds(50)))
            } catch {
                throw .cancelled
            }
        }
    }

    public func releaseLock() async throws(DatabaseError) {
        guard !location.isInMemory else { return }
        guard lock != nil else {
            throw DatabaseError(.lockLost, "the migration lock was not held")
        }
        let excludedOthers = lock?.isInPlace == true
        lock = nil
        guard excludedOthers else {
            throw DatabaseError(
                .lockLost, "the lock file \(location.lockPath) was removed while the lock was held")
        }
    }

    public func confirmLock() async throws(DatabaseError) { try requireLock() }

    public func prepareRegistry() async throws(DatabaseError) {
        try requireLock()
        if connection == nil { connection = try Connection.open(location) }
        failpoint("sqlite.file-made")
        try await write { [registry] (database) throws(DatabaseError) in
            switch try registry.state(in: database) {
            case .absent: try registry.create(in: database)
            case .present(let version): try registry.upgrade(from: version, in: database)
            }
        }
    }

    public func beginRun(_ run: RunStart) async throws(DatabaseError) -> RunID {
        try requireLock()
        return try await write { [registry, user] (database) throws(DatabaseError) in
            try registry.begin(run, at: .now, user: user, in: database)
        }
    }

    public func perform(
        _ step: Step, in run: RunID, options: StepOptions,
        report: @escaping @Sendable (StepEvent) -> Void
    ) async throws(DatabaseError) -> StepOutcome {
        try requireLock()
        let interruption = Interruption()
        return try await withCancellation(of: interruption) { () async throws(DatabaseError) in
            var attempt = 1
            while true {
                let outcome = try await attemptOnce(
                    step, run: run, options: options, interruption: interruption, report: report)
                let waited = interruption.takeWait()
                if waited > .zero { report(.waitedForLock(nil, waited)) }
                guard let failure = outcome.failure, failure.error.isLockConflict,
                    failure.effect == .unchanged, attempt <= options.lockRetries,
                    !interruption.isCancelled
                else { return outcome }
                let pause = Duration.milliseconds(min(5000, 100 << min(attempt, 6)))
                report(.retrying(attempt: attempt, after: pause))
                // A cancelled sleep ends at once, and the next attempt says so.
                try? await Task.sleep(for: pause)
                attempt += 1
            }
        }
    }

    public func perform(
        _ steps: [Step], in run: RunID, options: StepOptions,
        report: @escaping @Sendable (StretchEvent) -> Void
    ) async throws(DatabaseError) -> [StepOutcome] {
        let members = GroupRule.members(of: steps)
        guard members.count > 1 else {
            return [
                try await performFirst(of: steps, in: run, options: options, report: report)
            ]
        }
        try requireLock()
        let interruption = Interruption()
        let attempt = try await withCancellation(of: interruption) {
            () async throws(DatabaseError) in
            try await attemptTogether(
                StepGroup(
                    steps: members, run: run, options: options, registry: registry,
                    interruption: interruption, report: report))
        }
        guard attempt.outcomes.isEmpty else { return attempt.outcomes }
        return try await performOneByOne(
            members, as: attempt, in: run, options: options, report: report)
    }

    /// Takes the steps of a group that came to nothing, up to the one that it came to.
    private func performOneByOne(
        _ steps: [Step], as attempt: GroupAttempt, in run: RunID, options: StepOptions,
        report: @escaping @Sendable (StretchEvent) -> Void
    ) async throws(DatabaseError) -> [StepOutcome] {
        var outcomes: [StepOutcome] = []
        for (place, step) in steps.prefix(attempt.begun).enumerated() {
            let outcome: StepOutcome
            do throws(DatabaseError) {
                outcome = try await perform(step, in: run, options: options) {
                    report(.step(place, $0))
                }
            } catch  where !outcomes.isEmpty {
                // What is done is told of; whoever asks for the rest is told of the error.
                return outcomes
            }
            outcomes.append(outcome)
            report(.finished(place, outcome))
            if outcome.failure != nil { break }
        }
        return outcomes
    }

    public func record(
        _ steps: [Step], in run: RunID
    ) async throws(DatabaseError) -> [StepOutcome] {
        try requireLock()
        return try await write { [registry] (database) throws(DatabaseError) in
            var outcomes: [StepOutcome] = []
            for step in steps {
                let stopwatch = StepStopwatch(step)
                try registry.finish(
                    step, run: run, startedAt: stopwatch.startedAt, duration: stopwatch.elapsed,
                    in: database)
                try registry.note(
                    step, run: run, status: .done, statementsDone: step.script.statementCount,
                    startedAt: stopwatch.startedAt, duration: stopwatch.elapsed, in: database)
                failpoint("sqlite.record.written")
                outcomes.append(stopwatch.outcome(.done, statementsRun: 0))
            }
            return outcomes
        }
    }

    public func recordSchema(
        _ schema: SchemaSnapshot, after migration: MigrationID
    ) async throws(DatabaseError) {
        try requireLock()
        try await write { [registry] (database) throws(DatabaseError) in
            try registry.keep(schema, after: migration, in: database)
        }
    }

    public func recordedSchema() async throws(DatabaseError) -> RecordedSchema {
        guard let connection = try existing() else { return .never }
        return try await connection.read { [registry] (database) throws(DatabaseError) in
            try registry.recordedSchema(in: database)
        }
    }

    public func recordedSchema(
        _ digest: Checksum
    ) async throws(DatabaseError) -> SchemaSnapshot? {
        guard let connection = try existing() else { return nil }
        return try await connection.read { [registry] (database) throws(DatabaseError) in
            try registry.recordedSchema(digest, in: database)
        }
    }

    public func recordBackup(_ backup: BackupRecord, in run: RunID?) async throws(DatabaseError) {
        try await write { [registry] (database) throws(DatabaseError) in
            try registry.insert(backup, run: run, in: database)
        }
    }

    public func endRun(_ run: RunID, _ end: RunEnd) async throws(DatabaseError) {
        try await write { [registry] (database) throws(DatabaseError) in
            try registry.end(run, end, at: .now, in: database)
        }
    }

    public func runs(limit: Int) async throws(DatabaseError) -> [RunRecord] {
        guard let connection = try existing() else { return [] }
        return try await connection.read { [registry] (database) throws(DatabaseError) in
            try registry.latestRuns(limit, in: database)
        }
    }

    public func run(_ id: RunID) async throws(DatabaseError) -> RunRecord? {
        guard let connection = try existing() else { return nil }
        return try await connection.read { [registry] (database) throws(DatabaseError) in
            try registry.run(id, in: database)
        }
    }

    public func measurements() async throws(DatabaseError) -> Measurements {
        guard let connection = try existing() else { return Measurements() }
        return try await connection.read { [registry] (database) throws(DatabaseError) in
            try registry.measurements(in: database)
        }
    }

    public func activity() async throws(DatabaseError) -> RunActivity? {
        // SQLite tells of no statements of another process.
        switch try await runLock() {
        case .free: nil
        case .held(let holder): RunActivity(processID: holder?.processID, user: holder?.user)
        }
    }

    public func close() async {
        lock = nil
        claim = nil
        connection?.close()
        connection = nil
    }

    /// Takes the right to work on batches; false where another process has it.
    func takeClaim() throws(DatabaseError) -> Bool {
        guard claim == nil, !location.isInMemory else { return true }
        guard let taken = try LockFile.take(location.claimPath, user: user) else { return false }
        claim = consume taken
        return true
    }

    func giveClaimBack() { claim = nil }

    // MARK: One attempt

    private func attemptOnce(
        _ step: Step, run: RunID, options: StepOptions, interruption: Interruption,
        report: @escaping @Sendable (StepEvent) -> Void
    ) async throws(DatabaseError) -> StepOutcome {
        guard let connection = try existing() else {
            throw DatabaseError(.connectionLost, "\(location.path) is gone")
        }
        let attempt = try await connection.run { [registry] (database) throws(DatabaseError) in
            switch (step.action, step.script.transaction) {
            case (.run, .none):
                let outcome = SequentialStep(
                    step: step, run: run, options: options, registry: registry,
                    interruption: interruption, report: report
                ).attempt(in: database)
                return StepAttempt(outcome: outcome, touchesSession: true)
            default:
                return TransactionalStep(
                    step: step, run: run, options: options, registry: registry,
                    interruption: interruption, report: report
                ).attempt(in: database)
            }
        }
        if attempt.touchesSession { renew(connection) }
        return attempt.outcome
    }

    private func attemptTogether(_ group: StepGroup) async throws(DatabaseError) -> GroupAttempt {
        guard let connection = try existing() else {
            throw DatabaseError(.connectionLost, "\(location.path) is gone")
        }
        let attempt = try await connection.run { (database) throws(DatabaseError) in
            group.attempt(in: database)
        }
        if attempt.touchesSession { renew(connection) }
        return attempt
    }

    /// What happened has happened, whether or not there is a connection again: where another program
    /// keeps the file to itself just now, the next use opens it.
    private func renew(_ connection: Connection) {
        self.connection = try? connection.renewed(location)
    }

    func write<Result: Sendable>(
        _ body: @escaping @Sendable (Connection.Access) throws(DatabaseError) -> Result
    ) async throws(DatabaseError) -> Result {
        guard let connection = try existing() else {
            throw DatabaseError(.connectionLost, "\(location.path) is gone")
        }
        return try await connection.write(body)
    }

    /// The connection, opened by now if the file has come into being since the session began.
    func existing() throws(DatabaseError) -> Connection? {
        if connection == nil, location.exists { connection = try Connection.open(location) }
        return connection
    }

    func requireLock() throws(DatabaseError) {
        guard !location.isInMemory else { return }
        guard lock?.isInPlace == true else {
            throw DatabaseError(.lockLost, "the migration lock of \(location.path) is not held")
        }
    }

    /// Passes the task's cancellation on to whatever statement is running.
    private func withCancellation<Result: Sendable>(
        of interruption: Interruption, _ body: () async throws(DatabaseError) -> Result
    ) async throws(DatabaseError) -> Result {
        let outcome: Swift.Result<Result, DatabaseError> = await withTaskCancellationHandler {
            do throws(DatabaseError) {
                return .success(try await body())
            } catch {
                return .failure(error)
            }
        } onCancel: {
            interruption.cancel()
        }
        return try outcome.get()
    }
}
