import ApusCore
import ApusEngine
import Testing

@testable import ApusWeb

/// Data migrations, seen and stopped from pages and by programs.
@Suite struct `Data migrations` {
    private static let pages = "/admin/migrations"
    private static let id = "20250101_000000_1.1.0_fill"

    private static let files = Dictionary(uniqueKeysWithValues: [
        WebBench.file(
            "1.0.0", "trips",
            up: """
                CREATE TABLE trips (id integer PRIMARY KEY, note text);
                INSERT INTO trips (id) WITH RECURSIVE n (i) AS
                    (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 50) SELECT i FROM n;
                """, down: "DROP TABLE trips;"),
        WebBench.file(
            "1.1.0", "fill",
            up: """
                -- apus: batch table=trips key=id size=10 target=0
                UPDATE trips SET note = 'x' WHERE id BETWEEN :start AND :end;
                """, down: "UPDATE trips SET note = NULL;"),
    ])

    /// With a data migration that was left to the background.
    private func bench() async throws -> WebBench {
        let bench = try WebBench(Self.files)
        var migrator = bench.migrator
        migrator.options.planning.leavesBatches = true
        #expect(try await migrator.migrate().failure == nil)
        return bench
    }

    @Test func `are listed, paused, resumed and given up, each time audited`() async throws {
        let bench = try await bench()
        let page = try await bench.get("\(Self.pages)/data", as: "vera")
        #expect(page.body.contains("1.1.0 fill") && page.body.contains("needs the role"))
        for (word, state) in [("pause", "paused"), ("resume", "open"), ("cancel", "cancelled")] {
            let path = "\(Self.pages)/data/\(Self.id)/\(word)"
            let token = try await bench.token(on: "\(Self.pages)/data", to: path)
            #expect(try await bench.post(path, ["token": token]).status == 303)
            #expect(try await bench.migrator.dataProgress().map(\.state.rawValue) == [state])
            let entry = try #require(try await bench.migrator.audit().first)
            #expect((entry.action, entry.outcome) == ("\(word)-data", "done"))
        }
        #expect(try await bench.post("\(Self.pages)/data/\(Self.id)/resume", [:]).status == 403)
    }

    @Test func `programs see and stop them, with the role`() async throws {
        let bench = try await bench()
        let listed = try await bench.get("/api/data", as: "vera").json
        let first = try #require((listed["data_migrations"] as? [[String: Any]])?.first)
        #expect(first["migration"] as? String == Self.id && first["state"] as? String == "open")
        #expect(first["rows_expected"] as? Int == 50)
        let path = "/api/data/\(Self.id)/pause"
        #expect(try await bench.call(path, "{}", as: "vera").status == 403)
        #expect(try await bench.call(path, "{}").status == 200)
        #expect(try await bench.migrator.dataProgress().map(\.state) == [.paused])
        #expect(try await bench.call("/api/data/20250101_000000_9.9.9_x/pause", "{}").status == 404)
        #expect(try await bench.call("/api/data/x/pause", "{}").status == 404)
    }

    @Test func `are worked on for as long as the pages are served`() async throws {
        let bench = try await bench()
        await bench.administration.site.dataWork.start()
        while try await bench.migrator.dataProgress().contains(where: { $0.state != .done }) {
            await Task.yield()
        }
        await bench.administration.site.dataWork.stop()
        #expect(try await bench.get("\(Self.pages)/data").body.contains("complete"))
        #expect(try await bench.migrator.dataProgress().map(\.rowsDone) == [50])
    }
}
