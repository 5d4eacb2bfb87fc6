import ApusCore
import ApusEngine
import Testing

extension ConformanceBench {
    func lockExcludes() async throws {
        try await withLock { _ in
            try await withSession { second in
                let told = Recorder<LockHolder?>()
                let clock = ContinuousClock()
                let start = clock.now
                let error = await #expect(throws: DatabaseError.self) {
                    try await second.acquireLock(waitingAtMost: .milliseconds(300)) {
                        told.record($0)
                    }
                }
                #expect(error?.code == .lockBusy)
                #expect(clock.now - start >= .milliseconds(300))
                #expect(told.values.contains { $0?.processID != nil })
            }
        }
        try await withLock { _ in }
    }

    func lockIsHandedOver() async throws {
        try await withSession { first in
            try await withSession { second in
                try await first.acquireLock(waitingAtMost: .seconds(600)) { _ in }
                let waits = Recorder<Bool>()
                let task = Task {
                    try await second.acquireLock(waitingAtMost: .seconds(600)) { _ in
                        waits.record(true)
                    }
                }
                await waits.waitForOne()
                try await first.releaseLock()
                try await task.value
                try await second.releaseLock()
            }
        }
    }

    func lockGoesWithItsSession() async throws {
        let first = try await driver.openSession()
        try await first.acquireLock(waitingAtMost: .seconds(600)) { _ in }
        await first.close()
        try await withSession { second in
            try await second.acquireLock(waitingAtMost: .seconds(600)) { _ in }
            try await second.releaseLock()
        }
    }

    func unlockWithoutLockThrows() async throws {
        try await withSession { session in
            let never = await #expect(throws: DatabaseError.self) {
                try await session.releaseLock()
            }
            #expect(never?.code == .lockLost)
        }
        try await withSession { session in
            try await session.acquireLock(waitingAtMost: .seconds(600)) { _ in }
            try await session.releaseLock()
            let twice = await #expect(throws: DatabaseError.self) {
                try await session.releaseLock()
            }
            #expect(twice?.code == .lockLost)
        }
    }

    func cancellingEndsTheWait() async throws {
        try await withLock { _ in
            try await withSession { second in
                let waits = Recorder<Bool>()
                let task = Task {
                    try await second.acquireLock(waitingAtMost: .seconds(600)) { _ in
                        waits.record(true)
                    }
                }
                await waits.waitForOne()
                task.cancel()
                let error = await #expect(throws: DatabaseError.self) { try await task.value }
                #expect(error?.code == .interrupted)
            }
        }
    }

    func lockIsConfirmed() async throws {
        try await withSession { session in
            try await session.acquireLock(waitingAtMost: .seconds(30)) { _ in }
            try await session.confirmLock()
            try await session.releaseLock()
            let error = await #expect(throws: DatabaseError.self) {
                try await session.confirmLock()
            }
            #expect(error?.code == .lockLost)
        }
    }
}
