import ApusCore
import ApusEngine
import Testing

@testable import ApusPostgres

@Suite(.enabled(if: TestServer.areExpected, "no servers: run scripts/postgres-up"))
struct CommitResolutionTests {
    @Test(arguments: TestServer.versions, Direction.allCases)
    func `F4 a COMMIT that the server heard and the client did not is a success`(
        server: TestServer, direction: Direction
    ) async throws {
        let outcome = try await perform(direction, on: server, cutting: .beforeTheClientHears)
        #expect(outcome.failure == nil)
    }

    @Test(arguments: TestServer.versions, Direction.allCases)
    func `F4 a COMMIT that the server never heard changed nothing`(
        server: TestServer, direction: Direction
    ) async throws {
        let outcome = try await perform(direction, on: server, cutting: .beforeTheServerHears)
        #expect(outcome.failure?.error.code == .connectionLost)
        #expect(outcome.failure?.effect == .unchanged)
    }

    @Test
    func `the transaction's row is believed before its number`() {
        func verdict(_ isRecorded: Bool, _ status: String?) -> String {
            CommitVerdict(isRecorded: isRecorded, transactionStatus: status).map { "\($0)" }
                ?? "ask again"
        }
        #expect(verdict(true, "committed") == "committed")
        #expect(verdict(true, nil) == "committed")
        #expect(verdict(false, "aborted") == "rolledBack")
        #expect(verdict(false, nil) == "rolledBack")
        #expect(verdict(false, "in progress") == "ask again")
    }

    /// Performs one step through a proxy that cuts its COMMIT, and checks that what the outcome says
    /// is what the database has.
    private func perform(
        _ direction: Direction, on server: TestServer, cutting cut: CuttingProxy.Cut
    ) async throws -> StepOutcome {
        var outcome: StepOutcome?
        try await server.withDatabase { database in
            let migration = try Migration.test(
                up: "CREATE TABLE guests (id int);", down: "DROP TABLE guests;")
            if direction == .down {
                let (session, run) = try await database.session()
                _ = try await session.perform(migration.step(), in: run, options: .init()) { _ in }
                await session.close()
            }

            let address = database.url.split(separator: "@")[1].split(separator: "/")[0]
            let port = try #require(UInt16(address.split(separator: ":")[1]))
            let proxy = CuttingProxy(to: port, cutting: cut)
            defer { proxy.close() }
            let driver = PostgresDriver(
                connection: try PostgresConnectionString(
                    database.url.replacing(":\(port)/", with: ":\(proxy.port)/")))
            let session = try await driver.openSession()
            try await session.acquireLock(waitingAtMost: .seconds(600)) { _ in }
            try await session.prepareRegistry()
            let run = try await session.beginRun(.test)
            let ended = try await session.perform(
                migration.step(direction), in: run, options: .init()
            ) { _ in }

            let isThere = try database.run("SELECT to_regclass('guests') IS NOT NULL") == ["t"]
            let isApplied = try await session.history().applied
                .contains { $0.id == migration.id }
            #expect(isThere == isApplied)
            #expect(isApplied == ((ended.failure == nil) == (direction == .up)))
            try await session.endRun(run, RunEnd(status: .succeeded))
            try await session.releaseLock()
            await session.close()
            outcome = ended
        }
        return try #require(outcome)
    }
}
