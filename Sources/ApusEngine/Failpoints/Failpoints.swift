#if APUS_FAILPOINTS
    import Synchronization

    #if canImport(Glibc)
        import Glibc
    #elseif canImport(Musl)
        import Musl
    #else
        import Darwin
    #endif

    /// What happens at the failpoints of this process.
    ///
    /// Global, because a point handed down as a parameter would be part of every signature, in the
    /// builds that have none too.
    package enum Failpoints {
        /// What a test asks for.
        package struct Orders: Sendable {
            /// A file that gets a line `NUMBER NAME` for each point passed, counted from 1.
            package var log: String?
            /// The number of the pass at which the process ends itself with SIGKILL.
            package var kill: Int?
            /// The name of a point, the first pass of which waits until `file` is there.
            package var pause: (name: String, file: String)?

            package init(
                log: String? = nil, kill: Int? = nil, pause: (name: String, file: String)? = nil
            ) {
                self.log = log
                self.kill = kill
                self.pause = pause
            }
        }

        fileprivate struct State {
            var orders: Orders
            var log: CInt
            var passed = 0
        }

        private static let isArmed = Atomic(false)
        private static let state = Mutex<State?>(nil)

        /// Arms the points, once, before anything else is done.
        package static func arm(_ orders: Orders) {
            let log = orders.log.map { open($0, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600) }
            precondition(log != -1, "the failpoints' log cannot be opened")
            state.withLock { $0 = State(orders: orders, log: log ?? -1) }
            isArmed.store(true, ordering: .releasing)
        }

        static func pass(_ name: StaticString) {
            guard isArmed.load(ordering: .acquiring) else { return }
            let awaited = state.withLock { state in
                state?.pass(name.description)
            }
            // Outside the lock: other threads may pass meanwhile.
            while let awaited, access(awaited, F_OK) != 0 { usleep(2000) }
        }
    }

    extension Failpoints.State {
        /// Counts one pass; the file to wait for, where this is the point to wait at.
        fileprivate mutating func pass(_ name: String) -> String? {
            passed += 1
            let line = Array("\(passed) \(name)\n".utf8)
            if log >= 0 { _ = write(log, line, line.count) }
            if passed == orders.kill {
                kill(getpid(), SIGKILL)
                // The signal may reach another thread first: nothing more happens on this one.
                while true { pause() }
            }
            guard let pause = orders.pause, pause.name == name else { return nil }
            orders.pause = nil
            return pause.file
        }
    }
#endif
