import ApusCore
import ApusEngine
import Testing

extension ConformanceBench {
    func readingCreatesNothing() async throws {
        let before = try await value(scripts.countAllTables)
        try await withSession { session in
            let facts = try await session.facts()
            #expect(facts.readOnlyReason == nil)
            #expect(facts.product.hasPrefix(driver.engine.displayName))
            #expect(!facts.user.isEmpty)
            let history = try await session.history()
            #expect(history.registry == .absent(userTables: 0))
            #expect(history.applied.isEmpty && history.unfinished.isEmpty)
            #expect(try await session.runs(limit: 10).isEmpty)
            #expect(try await session.run(RunID(1)) == nil)
        }
        #expect(try await value(scripts.countAllTables) == before)
    }

    func tablesAreCounted() async throws {
        try await value("CREATE TABLE theirs (id integer)")
        try await value("CREATE TABLE theirs_too (id integer)")
        #expect(try await history().registry == .absent(userTables: 2))
    }

    func registryIsMadeOnce() async throws {
        let runs = try await withThrowingTaskGroup(of: RunID.self) { group in
            for _ in 0..<8 {
                group.addTask { try await withRun { _, run in run } }
            }
            return try await group.reduce(into: [RunID]()) { $0.append($1) }
        }
        #expect(Set(runs).count == 8)
        try await withSession { session in
            guard case .present(version: 5) = try await session.history().registry else {
                Issue.record("there is no registry of the current version")
                return
            }
            #expect(Set(try await session.runs(limit: 100).map(\.id)) == Set(runs))
        }
    }

    func foreignRegistryIsLeftAlone() async throws {
        for sql in scripts.makeForeignRegistry { try await value(sql) }
        let before = try await value(scripts.countAllTables)
        try await withSession { session in
            let reading = await #expect(throws: DatabaseError.self) {
                _ = try await session.history()
            }
            #expect(reading?.code == .registryForeign)
            try await session.acquireLock(waitingAtMost: .seconds(600)) { _ in }
            let preparing = await #expect(throws: DatabaseError.self) {
                try await session.prepareRegistry()
            }
            #expect(preparing?.code == .registryForeign)
        }
        #expect(try await value(scripts.readForeignRegistry) == "theirs")
        #expect(try await value(scripts.countAllTables) == before)
    }

    func newerRegistryIsRefused() async throws {
        try await withRun { _, _ in }
        try await value(scripts.makeRegistryNewer)
        try await withSession { session in
            let reading = await #expect(throws: DatabaseError.self) {
                _ = try await session.history()
            }
            #expect(reading?.code == .registryNewer)
            try await session.acquireLock(waitingAtMost: .seconds(600)) { _ in }
            let preparing = await #expect(throws: DatabaseError.self) {
                try await session.prepareRegistry()
            }
            #expect(preparing?.code == .registryNewer)
        }
    }
}
