import ApusEngine
import GRDBSQLite
import Synchronization

/// What may end a statement before its time: a cancelled task, a deadline, or a lock that others
/// hold for too long.
///
/// SQLite asks it, through its progress and busy handlers, from the thread that runs the statement.
///
/// `@unchecked Sendable` because only `cancelled` and `timeWaited` are touched from other threads, and they are atomic;
/// everything else is read and written on the connection's own queue.
final class Interruption: @unchecked Sendable {
    private let cancelled = Atomic(false)
    /// Microseconds that were spent waiting for locks.
    private let timeWaited = Atomic<Int64>(0)
    private let clock = ContinuousClock()
    private var statementLimit: (timeout: Duration, deadline: ContinuousClock.Instant)?
    private var lockTimeout: Duration = .zero
    private var waitingSince: ContinuousClock.Instant?
    /// Until when a wait is part of `timeWaited`.
    private var countedUntil: ContinuousClock.Instant?
    private var reportedWait: Duration = .zero
    private var reportWait: (Duration) -> Void = { _ in }

    /// Asks the running statement to end; may be called from any thread.
    func cancel() { cancelled.store(true, ordering: .releasing) }

    /// How long locks were waited for since this was asked last.
    func takeWait() -> Duration {
        .microseconds(timeWaited.exchange(0, ordering: .acquiringAndReleasing))
    }

    var isCancelled: Bool { cancelled.load(ordering: .acquiring) }

    /// Gives SQLite the two handlers; the connection must not outlive this object.
    ///
    /// - Parameter lockTimeout: zero waits without limit.
    func attach(
        to handle: OpaquePointer, lockTimeout: Duration, onWait: @escaping (Duration) -> Void
    ) {
        self.lockTimeout = lockTimeout
        reportWait = onWait
        let context = Unmanaged.passUnretained(self).toOpaque()
        // Some thousand virtual machine instructions are well under a millisecond.
        sqlite3_progress_handler(
            handle, 4000,
            { Unmanaged<Interruption>.fromOpaque($0!).takeUnretainedValue().mustStop ? 1 : 0 },
            context)
        attachBusyHandler(to: handle)
    }

    /// Takes the busy handler back from a script that set `PRAGMA busy_timeout`.
    func attachBusyHandler(to handle: OpaquePointer) {
        waitingSince = nil
        sqlite3_busy_handler(
            handle,
            { context, tries in
                Unmanaged<Interruption>.fromOpaque(context!).takeUnretainedValue().keepsWaiting(
                    tries)
                    ? 1 : 0
            },
            Unmanaged.passUnretained(self).toOpaque())
    }

    /// What follows waits for other connections' locks as it did before.
    func detach(from handle: OpaquePointer) {
        sqlite3_progress_handler(handle, 0, nil, nil)
        Connection.waitForLocks(handle)
        reportWait = { _ in }
    }

    /// Starts the time of one statement. Zero: no limit.
    func beginStatement(timeout: Duration) {
        waitingSince = nil
        statementLimit = timeout > .zero ? (timeout, clock.now + timeout) : nil
    }

    func endStatement() { statementLimit = nil }

    /// The statement's limit, where that is what ended it.
    var exceededTimeout: Duration? {
        guard !isCancelled, let statementLimit, clock.now >= statementLimit.deadline else {
            return nil
        }
        return statementLimit.timeout
    }

    private var mustStop: Bool { isCancelled || exceededTimeout != nil }

    /// Sleeps a little, on the connection's own thread, and says whether to try the lock again.
    private func keepsWaiting(_ tries: CInt) -> Bool {
        let now = clock.now
        if tries == 0 || waitingSince == nil {
            (waitingSince, countedUntil) = (now, now)
            reportedWait = .zero
        }
        count(until: now)
        let waited = now - (waitingSince ?? now)
        if mustStop || (lockTimeout > .zero && waited >= lockTimeout) { return false }
        if reportedWait == .zero || waited - reportedWait >= .seconds(1) {
            reportedWait = max(waited, .microseconds(1))
            reportWait(waited)
        }
        sqlite3_sleep(min(1 << min(tries, 5), 25))
        count(until: clock.now)
        return true
    }

    private func count(until now: ContinuousClock.Instant) {
        let time = now - (countedUntil ?? now)
        timeWaited.add(time.microseconds, ordering: .acquiringAndReleasing)
        countedUntil = now
    }
}
