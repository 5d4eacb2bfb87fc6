import ApusCore
import ApusEngine
import CLibpq

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

extension Connection {
    /// How a wait for the server may end early.
    struct Patience {
        /// Whether a cancelled task cancels the statement.
        var isCancellable = false
        /// When to give up waiting, which leaves the connection unusable.
        var deadline: ContinuousClock.Instant?
    }

    private static var cancelInterval: Duration { .milliseconds(250) }
    /// How long an answer may take while nobody looks after the connection's silence: all that is asked
    /// then are short questions of our own, the first one of a new connection among them.
    private static var unwatchedLimit: Duration { .seconds(30) }

    /// Waits until libpq has a whole result, or sees that the connection is gone; whether it came
    /// in time.
    func waitForResult(_ patience: Patience) -> Bool {
        let clock = ContinuousClock()
        let start = clock.now
        var nextLook = whileWaiting.map { start + $0.interval }
        var nextCancel = lastCancel.map { max(start, $0 + Self.cancelInterval) } ?? start
        silence?.heard()
        let deadline = patience.deadline ?? (silence == nil ? start + Self.unwatchedLimit : nil)
        while true {
            let unsent = PQflush(handle)
            // An answer may come while later commands are still to be sent.
            if unsent < 0 || PQisBusy(handle) == 0 { return true }

            let now = clock.now
            if patience.isCancellable, cancellation.isRequested, now >= nextCancel {
                // Sent again until it is heard: the first may have come before the statement did.
                cancelStatement()
                lastCancel = now
                nextCancel = now + Self.cancelInterval
            }
            if let look = nextLook, now >= look, let whileWaiting {
                whileWaiting.look(now - start)
                nextLook = clock.now + whileWaiting.interval
            }
            if let deadline, now >= deadline { return false }

            var wakeUps = [nextLook, deadline].compactMap(\.self)
            if patience.isCancellable, cancellation.isRequested { wakeUps.append(nextCancel) }
            let isReadable = sleep(
                untilWritable: unsent > 0, until: wakeUps.min(),
                orCancelled: patience.isCancellable && !cancellation.isRequested)
            if isReadable, PQconsumeInput(handle) == 0 { return true }
        }
    }

    /// Sleeps until the socket, the clock or a cancellation has something; whether there is
    /// something to read. A connection that is silent for long is looked after meanwhile.
    func sleep(
        untilWritable: Bool, until moment: ContinuousClock.Instant?, orCancelled: Bool
    ) -> Bool {
        let socket = PQsocket(handle)
        // Without a socket `poll` would wait for nothing: let libpq say what it has to.
        guard socket >= 0 else { return true }
        let wanted = Int16(POLLIN) | (untilWritable ? Int16(POLLOUT) : 0)
        var waits = [pollfd(fd: socket, events: wanted, revents: 0)]
        if orCancelled {
            waits.append(pollfd(fd: cancellation.descriptor, events: Int16(POLLIN), revents: 0))
        }
        let wakeUp = [moment, silence?.nextLook].compactMap(\.self).min()
        let timeout = wakeUp.map {
            Int32(clamping: max(1, (($0 - ContinuousClock().now).microseconds + 999) / 1000))
        }
        _ = poll(&waits, nfds_t(waits.count), timeout ?? -1)
        if waits[0].revents != 0 {
            silence?.heard()
        } else if let silence, ContinuousClock.now >= silence.nextLook, let reason = silence.look()
        {
            sever(because: reason)
        }
        return waits[0].revents & ~Int16(POLLOUT) != 0
    }
}
