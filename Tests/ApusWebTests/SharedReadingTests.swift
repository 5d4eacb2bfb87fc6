import ApusCore
import ApusEngine
import Foundation
import HTTPTypes
import Synchronization
import Testing

@testable import ApusWeb

/// A database is asked once for all who ask at the same time, and pages wait for it no longer than
/// people do.
@Suite struct `Reading the state` {
    @Test func `who asks while a question is under way shares its answer`() async throws {
        let asked = Mutex(0)
        let (gate, open) = AsyncStream<Void>.makeStream()
        let reading = SharedReading<Int> {
            let number = asked.withLock { asked in
                asked += 1
                return asked
            }
            for await _ in gate { break }
            return .success(number)
        }
        let all = Task {
            try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 1...20 {
                    group.addTask { try await reading.current(atMost: .seconds(60)) }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
        }
        while asked.withLock({ $0 }) == 0 { await Task.yield() }
        open.yield()
        #expect(try await all.value == Array(repeating: 1, count: 20))
        #expect(try await reading.current(atMost: .seconds(60)) == 1)
        #expect(asked.withLock { $0 } == 1)
    }

    @Test func `a server that does not answer is not waited for, and the question goes on`()
        async throws
    {
        let (gate, open) = AsyncStream<Void>.makeStream()
        let reading = SharedReading<Int> {
            for await _ in gate { break }
            return .success(1)
        }
        let failure = await #expect(throws: Diagnostics.self) {
            try await reading.current(within: .milliseconds(20))
        }
        #expect(failure?.isConnection == true)
        open.yield()
        #expect(try await reading.current(within: .seconds(60)) == 1)
    }

    @Test(arguments: ["/runs", "/runs/1", "/audit", "/migrations/20250101_000000_1.1.0_notes", ""])
    func `with the database down, every page that it was seen for still answers`(
        _ path: String
    ) async throws {
        let bench = try WebBench()
        try await bench.migrator.migrate()
        _ = try await bench.get("/admin/migrations")
        try bench.breakDatabase()
        await bench.administration.site.states.forget()
        let page = try await bench.get("/admin/migrations\(path)")
        #expect(page.status == 200, "\(path)")
        #expect(page.body.contains("cannot be reached"), "\(path)")
        #expect(page.body.contains("when it was last seen"), "\(path)")
    }

    @Test func `a backup folder that cannot be read hides no database`() async throws {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent(
            "apus-no-folder-\(UUID().uuidString)"
        ).path
        try "x".write(toFile: file, atomically: true, encoding: .utf8)
        let bench = try WebBench(backups: file)
        let overview = try await bench.get("/admin/migrations")
        #expect(overview.status == 200)
        #expect(overview.body.contains("The backups cannot be listed"))
        #expect(!overview.body.contains("cannot be reached"))
        #expect(try await bench.get("/health/ready", as: nil).status == 200)
        #expect(try await bench.get("/api/migrations").status == 200)
        let page = try await bench.get("/admin/migrations/backups")
        #expect(page.body.contains("cannot be read"))
    }

    @Test func `files that cannot be read are not called a database that cannot be reached`()
        async throws
    {
        let bench = try WebBench()
        _ = try await bench.get("/admin/migrations")
        try FileManager.default.removeItem(atPath: bench.folder + "/migrations")
        await bench.administration.site.states.forget()
        let ready = try await bench.get("/health/ready", as: nil)
        #expect(ready.status == 503)
        #expect(ready.json["status"] as? String == "unknown")
        let page = try await bench.get("/admin/migrations")
        #expect(page.body.contains("The state cannot be read just now"))
        #expect(!page.body.contains("The database cannot be reached"))
    }

    @Test func `backups of other databases in the same folder are not shown, and not given away`()
        async throws
    {
        let other = try WebBench()
        try await other.migrator.migrate()
        let record = try await other.migrator.backUp()
        let bench = try WebBench(backups: other.folder + "/backups")
        try await bench.migrator.migrate()
        #expect(try bench.migrator.backups?.list().count ?? 0 >= 1)
        let page = try await bench.get("/admin/migrations/backups")
        #expect(!page.body.contains(record.name))
        #expect(try await !bench.get("/api/backups").body.contains(record.name))
        let id = Opaque.id(of: record.name)
        #expect(try await bench.get("/admin/migrations/backups/\(id)/download").status == 404)
    }
}
