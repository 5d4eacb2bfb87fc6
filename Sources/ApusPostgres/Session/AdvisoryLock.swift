import ApusCore
public import ApusEngine

extension PostgresSession {
    /// Polls `pg_try_advisory_lock`: a waiter inside `pg_advisory_lock` would hold a snapshot, which
    /// a concurrent index build waits for.
    public func acquireLock(
        waitingAtMost limit: Duration, onWait: @Sendable (LockHolder?) -> Void
    ) async throws(DatabaseError) {
        try await cancellable { () throws(DatabaseError) in
            try waitForLock(atMost: limit, onWait: onWait)
        }
    }

    public func releaseLock() throws(DatabaseError) {
        guard isLockHeld else {
            throw DatabaseError(.lockLost, "the migration lock is not held")
        }
        isLockHeld = false
        let wasHeld = try connection.execute(
            "SELECT pg_catalog.pg_advisory_unlock(\(names.lockKey))"
        ).flag(0, 0)
        failpoint("postgres.unlocked")
        guard wasHeld else {
            throw DatabaseError(.lockLost, "the migration lock was lost before it was released")
        }
    }

    public func confirmLock() throws(DatabaseError) {
        guard isLockHeld, try connection.execute(lockCheckSQL).flag(0, 0) else {
            throw DatabaseError(
                .lockLost, "the migration lock is no longer held by this session")
        }
        lockSeenAt = .now
    }

    private func waitForLock(
        atMost limit: Duration, onWait: (LockHolder?) -> Void
    ) throws(DatabaseError) {
        guard !isLockHeld else { return }
        if let reason = try facts().readOnlyReason {
            throw DatabaseError(
                .readOnlyServer, "the server at \(address.target.location) is a \(reason)",
                help: ["connect to the primary server"])
        }
        try PoolerCheck(address: address, serverProcess: serverProcess).run(on: connection)
        try applySettings()
        failpoint("postgres.settings-applied")
        guard try pollLock(atMost: limit, onWait: onWait) else {
            let holder = try lockHolder()
            throw DatabaseError(
                .lockBusy, "another process holds the migration lock",
                detail: holder.map { "held by \($0.sentence)" })
        }
    }

    /// Whether the lock came within the limit. Throws `interrupted` where the task is cancelled.
    func pollLock(
        atMost limit: Duration, onWait: (LockHolder?) -> Void
    ) throws(DatabaseError) -> Bool {
        let clock = ContinuousClock()
        let start = clock.now
        var lastTold: ContinuousClock.Instant?
        var pause = Duration.milliseconds(25)
        while true {
            isLockHeld = try connection.execute(
                "SELECT pg_catalog.pg_try_advisory_lock(\(names.lockKey))"
            ).flag(0, 0)
            let now = clock.now
            if isLockHeld {
                failpoint("postgres.locked")
                lockSeenAt = now
                return true
            }
            if now - start >= limit { return false }
            if lastTold.map({ now - $0 >= .seconds(1) }) ?? true {
                onWait(try lockHolder())
                lastTold = now
            }
            // Jitter, so that many waiters do not ask in step.
            let jittered = pause * Double.random(in: 0.5...1)
            if cancellation.pause(for: min(jittered, limit - (now - start))) {
                throw DatabaseError(
                    .interrupted, "interrupted while waiting for the migration lock")
            }
            pause = min(pause * 2, .milliseconds(250))
        }
    }

    /// Asks whether this session holds the lock, as one row with one truth value.
    var lockCheckSQL: String {
        "SELECT EXISTS (SELECT \(lockRows))"
    }

    /// The rows of `pg_locks` that say that this session holds the lock: one, or none.
    var lockRows: String {
        "FROM pg_catalog.pg_locks l WHERE \(lockRow) AND l.pid = pg_catalog.pg_backend_pid()"
    }

    func lockHolder() throws(DatabaseError) -> LockHolder? {
        let rows = try connection.execute(
            "\(LockHolder.selection) FROM pg_catalog.pg_locks l"
                + " LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid"
                + " WHERE \(lockRow) LIMIT 1")
        return rows.count > 0 ? LockHolder(rows) : nil
    }

    /// How `pg_locks` shows a lock with one 64-bit key: its halves, and a 1.
    var lockRow: String {
        let key = UInt64(bitPattern: names.lockKey)
        return """
            l.locktype = 'advisory' AND l.granted AND l.objsubid = 1 \
            AND l.classid = \(key >> 32) AND l.objid = \(key & 0xFFFF_FFFF) \
            AND l.database = \(databaseNumber)
            """
    }
}
