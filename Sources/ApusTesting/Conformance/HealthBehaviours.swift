import ApusCore
import ApusEngine
import Testing

extension ConformanceBench {
    func lockIsSeen() async throws {
        func lock() async throws -> RunLock { try await withSession { try await $0.runLock() } }
        #expect(try await lock() == .free)
        try await withLock { _ in
            guard case .held(let holder) = try await lock() else {
                Issue.record("the lock is held, and called free")
                return
            }
            #expect(holder?.processID != nil)
        }
        #expect(try await lock() == .free)
        // Looking has not taken it from anybody.
        try await withLock { _ in }
    }

    func newDatabaseIsHealthy() async throws {
        let health = try await withSession { try await $0.health() }
        #expect(health.obstacles.isEmpty)
        #expect(health.missingRights.isEmpty)
        #expect(health.invalidIndexes.isEmpty)
        #expect(health.strayRows.isEmpty)
        try await expect(scripts.countAllTables, gives: "0")
        try await withRun { session, run in
            try await succeed(try things().upStep(), session, run)
            let health = try await session.health()
            #expect(health.strayRows.isEmpty && health.missingRights.isEmpty)
        }
    }

    func tablesAreMeasured() async throws {
        let empty = try await withSession { try await $0.statistics() }
        #expect(empty.tables.isEmpty)
        try await expect(scripts.countAllTables, gives: "0")
        try await withRun { session, run in
            try await succeed(try things().upStep(), session, run)
        }
        let known = try await withSession { try await $0.statistics() }
        #expect(known.tables.map(\.name) == ["things"])
        #expect(known.tables.allSatisfy { $0.rows ?? 2 <= 2 && $0.bytes ?? 1 > 0 })
    }

    func strayRowsAreFound() async throws {
        try await withRun { session, run in
            try await succeed(try things().upStep(), session, run)
        }
        try await value(scripts.forgetRuns)
        let stray = try await withSession { try await $0.health() }.strayRows
        #expect(stray == ["1 history row of run 1", "1 journal row of run 1"])
    }
}
