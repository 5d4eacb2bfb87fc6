import ApusCore
import ApusEngine
import CLibpq
import Testing

@testable import ApusPostgres

struct SilenceVerdictTests {
    /// What is seen at each look, and whether the connection then counts as dead.
    @Test(arguments: [
        ([Sight.working, .working, .working], false),
        ([.untold, .untold, .untold], false),
        ([.waitingForClient], false),
        ([.waitingForClient, .waitingForClient], true),
        ([.waitingForClient, .working, .waitingForClient], false),
        ([.gone, .gone], true),
        ([.waitingForClient, .gone], true),
        ([.unreachable, .unreachable, .unreachable], false),
        (Array(repeating: .unreachable, count: 7), true),
        (Array(repeating: .unreachable, count: 6) + [.untold, .unreachable], false),
    ])
    func `F14 a silent connection is dead once its process waits for it, or nobody answers`(
        sights: [Sight], isDead: Bool
    ) {
        var verdict = SilenceVerdict()
        var silence = SilenceVerdict.firstLook
        var found = false
        for sight in sights {
            found = verdict.isDead(sight, silentFor: silence)
            silence += SilenceVerdict.pause
        }
        #expect(found == isDead)
    }
}

@Suite(.enabled(if: TestServer.areExpected, "no servers: run scripts/postgres-up"))
struct SilenceTests {
    @Test(arguments: TestServer.versions)
    func `F14 the process behind a connection is seen idle, at work, blocked and gone`(
        server: TestServer
    ) async throws {
        try await server.withDatabase { database in
            let (watched, watcher) = try (connection(database.url), connection(database.url))
            let process = try #require(
                ServerProcess(watched.execute("SELECT \(ServerProcess.columns)")))
            func sight() throws -> Sight { Sight(try watcher.execute(process.question)) }
            #expect(try sight() == .waitingForClient)

            try watched.execute("CREATE TABLE t (id integer)")
            #expect(PQsendQuery(watched.handle, "COPY t FROM STDIN") == 1)
            while PQflush(watched.handle) > 0 {}
            // Active in the server's words, and waiting for data all the same.
            while try watcher.execute(
                "SELECT FROM pg_stat_activity WHERE state = 'active' AND pid = \(process.number)"
            ).count == 0 {}
            #expect(try sight() == .waitingForClient)
            PQclear(PQgetResult(watched.handle))
            #expect(PQputCopyEnd(watched.handle, nil) == 1)
            while let result = PQgetResult(watched.handle) { PQclear(result) }

            #expect(PQsendQuery(watched.handle, "SELECT pg_sleep(300)") == 1)
            while PQflush(watched.handle) > 0 {}
            while try sight() == .waitingForClient {}
            #expect(try sight() == .working)

            #expect(try watcher.execute(process.ending).flag(0, 0))
            while try sight() == .working {}
            #expect(try sight() == .gone)
        }
    }

    @Test
    func `F14 another server's process of the same number is not taken for ours`() throws {
        let ours = try connection(TestServer.postgres15.url)
        let theirs = try connection(TestServer.postgres18.url)
        let process = try #require(ServerProcess(ours.execute("SELECT \(ServerProcess.columns)")))
        #expect(Sight(try theirs.execute(process.question)) == .untold)
        #expect(try theirs.execute(process.ending).count == 0)

        let reused = ServerProcess(
            number: process.number, startedAt: "1", serverStartedAt: process.serverStartedAt)
        #expect(Sight(try ours.execute(reused.question)) == .gone)
        #expect(try ours.execute(reused.ending).count == 0)
    }

    @Test
    func `a connection that is given up says why, and is lost`() throws {
        let connection = try connection(TestServer.postgres15.url)
        connection.sever(because: "nobody answered")
        let error = #expect(throws: DatabaseError.self) { try connection.execute("SELECT 1") }
        #expect(error?.code == .connectionLost)
        #expect(error?.detail == "nobody answered")
    }

    private func connection(_ url: String) throws -> Connection {
        try Connection(
            to: PostgresConnectionString(url), applicationName: "test",
            cancellation: try Cancellation())
    }
}
