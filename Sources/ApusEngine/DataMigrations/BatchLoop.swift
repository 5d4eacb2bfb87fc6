import ApusCore

/// Does batch after batch of one statement, until none is left or somebody stops it.
struct BatchLoop {
    let session: any DatabaseSession
    let work: BatchWork
    /// Whether a pause ends it; in the foreground it waits for the end of the pause.
    let isBackground: Bool
    let lockRetries: Int
    let report: @Sendable (StepEvent) -> Void

    enum End: Hashable, Sendable {
        /// No rows are left.
        case exhausted
        /// Somebody paused or cancelled it, or it failed elsewhere.
        case stopped(DataMigrationProgress.State)
    }

    func run() async throws(DatabaseError) -> End {
        var load: DatabaseLoad?
        if !work.clause.limits.isEmpty {
            let first = try await session.load()
            if let blindness = work.clause.limits.blindness(first) { report(.notice(blindness)) }
            load = first
        }
        var retries = 0
        while true {
            try await waitForRoom(knowing: load)
            load = nil
            let outcome: BatchOutcome
            do throws(DatabaseError) {
                outcome = try await session.performBatch(work)
                retries = 0
            } catch {
                guard error.isPassing, retries < lockRetries else { throw error }
                let pause = Duration.milliseconds(500) * min(1 << retries, 16)
                retries += 1
                report(.retrying(attempt: retries, after: pause))
                try await Self.sleep(pause)
                continue
            }
            guard outcome.progress.state == .open else {
                guard outcome.progress.state == .paused, !isBackground else {
                    return .stopped(outcome.progress.state)
                }
                report(.throttled("it was paused: apus data resume \(work.migration)"))
                try await Self.sleep(.seconds(1))
                continue
            }
            guard outcome.rows > 0 else { return .exhausted }
            failpoint("data.batch-done")
            report(.batch(outcome.progress))
        }
    }

    /// Waits until the database bears the next batch.
    ///
    /// - Parameter load: As it is, where somebody has just asked for it.
    private func waitForRoom(knowing load: DatabaseLoad?) async throws(DatabaseError) {
        guard !work.clause.limits.isEmpty else {
            if Task.isCancelled { throw .interruptedBetweenBatches }
            return
        }
        var known = load
        while true {
            let now: DatabaseLoad
            if let known { now = known } else { now = try await session.load() }
            known = nil
            guard let obstacle = work.clause.limits.obstacle(now) else { return }
            report(.throttled(obstacle))
            try await Self.sleep(.seconds(1))
        }
    }

    static func sleep(_ time: Duration) async throws(DatabaseError) {
        do {
            try await Task.sleep(for: time)
        } catch {
            throw .interruptedBetweenBatches
        }
    }
}

extension DatabaseError {
    static var interruptedBetweenBatches: DatabaseError {
        DatabaseError(.interrupted, "stopped between two batches")
    }

    /// Whether the same batch may well succeed a moment later: a lock that was waited for, a deadlock,
    /// a serialization failure.
    fileprivate var isPassing: Bool {
        code == .lockTimeout || ["55P03", "40P01", "40001"].contains(sqlState)
    }
}
