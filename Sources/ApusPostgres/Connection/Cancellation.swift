import Synchronization
import SystemPackage

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Lets a cancelled task wake the session's thread, which waits inside `poll`.
///
/// The thread that waits for the server is also the one that asks it to cancel: no request can
/// overtake the statement it is meant for and hit the next one.
final class Cancellation: Sendable {
    private let reader: FileDescriptor
    private let writer: FileDescriptor
    private let requested = Mutex(false)

    init() throws(Errno) {
        do {
            (reader, writer) = try FileDescriptor.pipe()
        } catch {
            throw error as? Errno ?? .ioError
        }
        for end in [reader, writer] { _ = fcntl(end.rawValue, F_SETFD, FD_CLOEXEC) }
    }

    deinit {
        try? reader.close()
        try? writer.close()
    }

    var isRequested: Bool { requested.withLock { $0 } }

    /// The descriptor that becomes readable with the request.
    var descriptor: Int32 { reader.rawValue }

    func request() {
        requested.withLock { requested in
            guard !requested else { return }
            requested = true
            _ = try? writer.writeAll([1])
        }
    }

    /// Forgets a request, before the next operation begins.
    func reset() {
        requested.withLock { requested in
            guard requested else { return }
            requested = false
            withUnsafeTemporaryAllocation(byteCount: 1, alignment: 1) { byte in
                _ = try? reader.read(into: byte)
            }
        }
    }

    /// Sleeps, and wakes early when cancellation is requested; whether it was.
    func pause(for duration: Duration) -> Bool {
        var wake = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        let clock = ContinuousClock()
        let end = clock.now + duration
        while !isRequested {
            let left = end - clock.now
            guard left > .zero else { break }
            _ = poll(&wake, 1, Int32(clamping: max(1, left.microseconds / 1000)))
        }
        return isRequested
    }
}
