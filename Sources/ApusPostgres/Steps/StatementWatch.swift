import ApusCore
import ApusEngine

extension PostgresSession {
    /// Runs `body`, and tells while it lasts what the server waits for and how far it is.
    func watched<Value, Failure: Error>(
        _ work: StepWork, on connection: Connection, _ body: () throws(Failure) -> Value
    ) throws(Failure) -> Value {
        try watched(connection, work.lockTimeout, { work.watch }, body)
    }

    /// The same for the steps of a formation, each while it is the server's turn to answer it.
    func watched<Value, Failure: Error>(
        _ formation: Formation, on connection: Connection, _ body: () throws(Failure) -> Value
    ) throws(Failure) -> Value {
        try watched(
            connection, formation.shortestLockTimeout, { formation.current.watch }, body)
    }

    private func watched<Value, Failure: Error>(
        _ connection: Connection, _ lockTimeout: Duration,
        _ watch: @escaping () -> StatementWatch, _ body: () throws(Failure) -> Value
    ) throws(Failure) -> Value {
        // Early enough to see who blocks before a short lock timeout ends the statement.
        let interval = lockTimeout > .zero ? min(.seconds(1), lockTimeout / 2) : .seconds(1)
        let before = connection.whileWaiting
        connection.whileWaiting = (max(interval, .milliseconds(20)), { _ in watch().look() })
        defer { connection.whileWaiting = before }
        do throws(Failure) {
            let value = try body()
            watch().endWait()
            return value
        } catch {
            let problem = (error as? DatabaseError) ?? (error as? AttemptFailure)?.error
            // What a lock timeout or a deadlock ended was waited for until now.
            watch().endWait(at: problem?.isLockFailure == true ? .now : nil)
            throw error
        }
    }
}

/// Looks at the long statements of one step through a connection of its own, which is opened when
/// it is first needed and asks only short questions: it holds no snapshot that an index build would
/// wait for.
final class StatementWatch {
    private let address: PostgresConnectionString
    private let serverProcess: Int64
    private let report: (StepEvent) -> Void
    /// `nil` inside: connecting failed, and is not tried again.
    private var connection: Connection??
    private var lastProgress: (phase: String, percent: Int)?
    /// Who was last seen to block a statement.
    private var holder: LockHolder?
    /// The wait for a lock that the last look saw: when it was seen first, how long it had lasted when
    /// it was seen last, and when that was.
    private var wait:
        (first: ContinuousClock.Instant, lasted: Duration, seen: ContinuousClock.Instant)?

    init(
        address: PostgresConnectionString, serverProcess: Int64,
        report: @escaping (StepEvent) -> Void
    ) {
        self.address = address
        self.serverProcess = serverProcess
        self.report = report
    }

    /// Connects ahead of a second attempt, where the lock timeout may be too short to do it then.
    func prepare() { _ = connected() }

    /// An error with the name of whoever was last seen to block the way, where a lock was at fault.
    func named(_ error: DatabaseError) -> DatabaseError {
        guard error.isLockFailure, let holder else { return error }
        var error = error
        let sentence = "held by \(holder.sentence)"
        error.detail = error.detail.map { "\($0)\n\(sentence)" } ?? sentence
        error.help += holder.help
        return error
    }

    func look() {
        guard let connection = connected() else { return }
        let patience = Connection.Patience(deadline: .now + .seconds(2))
        let batch = connection.batch("\(blocker); \(progress)", patience)
        guard batch.error == nil, batch.results.count == 2 else {
            self.connection = .some(nil)
            return
        }
        if batch.results[0].count > 0 {
            seeWait(LockHolder(batch.results[0]), lasting: batch.results[0].integer(0, 5))
        } else {
            endWait()
        }
        if batch.results[1].count > 0, let phase = batch.results[1].text(0, 0) {
            tell(phase, batch.results[1].text(0, 1).flatMap { Double($0) })
        }
    }

    /// - Parameter age: Microseconds since the server began to wait; servers before 14 do not know.
    private func seeWait(_ found: LockHolder, lasting age: Int64?) {
        let now = ContinuousClock.now
        let age = age.map { Duration.microseconds(max(0, $0)) }
        // The lock that was waited for came meanwhile, and this is another one.
        if let wait, let age, age < wait.lasted { endWait() }
        let first = wait?.first ?? now
        let lasted = age ?? now - first
        holder = found
        wait = (first, lasted, now)
        report(.waitingForLock(found, waited: lasted))
    }

    /// Tells how long the wait was that a look has seen, where one was: as long as it was seen, unless
    /// it is known when it ended.
    func endWait(at end: ContinuousClock.Instant? = nil) {
        guard let wait else { return }
        self.wait = nil
        report(.waitedForLock(holder, wait.lasted + (end.map { $0 - wait.seen } ?? .zero)))
    }

    private func tell(_ phase: String, _ fraction: Double?) {
        let percent = fraction.map { Int($0 * 100) } ?? -1
        guard lastProgress.map({ $0.phase != phase || $0.percent != percent }) ?? true else {
            return
        }
        lastProgress = (phase, percent)
        report(.progress(phase: phase, fraction: fraction))
    }

    private func connected() -> Connection? {
        if let connection { return connection }
        let made = (try? Cancellation()).flatMap { cancellation in
            try? Connection(
                to: address, applicationName: "apus watch", cancellation: cancellation,
                connectTimeout: 2)
        }
        connection = .some(made)
        return made
    }

    /// Who blocks the process, and for how long it has been waiting: a column that servers before 14 do
    /// not have, and that a moment after the wait began is empty.
    private var blocker: String {
        """
        \(LockHolder.selection), (SELECT (extract(epoch FROM pg_catalog.clock_timestamp() \
        - min((pg_catalog.to_jsonb(w) ->> 'waitstart')::timestamptz)) * 1000000)::bigint \
        FROM pg_catalog.pg_locks w WHERE w.pid = \(serverProcess) AND NOT w.granted) FROM (SELECT b.pid FROM pg_catalog.unnest(\
        pg_catalog.pg_blocking_pids(\(serverProcess))) AS b(pid) LIMIT 1) AS l \
        LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid
        """
    }

    private var progress: String {
        """
        SELECT p.phase, CASE WHEN p.blocks_total > 0 \
        THEN p.blocks_done::float8 / p.blocks_total \
        WHEN p.tuples_total > 0 THEN p.tuples_done::float8 / p.tuples_total \
        WHEN p.lockers_total > 0 THEN p.lockers_done::float8 / p.lockers_total END \
        FROM pg_catalog.pg_stat_progress_create_index p WHERE p.pid = \(serverProcess)
        """
    }
}
