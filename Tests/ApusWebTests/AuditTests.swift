import ApusCore
import ApusEngine
import ApusSQLite
import Foundation
import GRDB
import HTTPTypes
import Testing

@testable import ApusWeb

/// W9, W12: what is done is written down first, and nothing is addressed by a path.
@Suite struct `Audit` {
    @Test func `W12: a run is audited before it begins, and its outcome behind it`() async throws {
        let bench = try WebBench()
        let fields = try await bench.form("/admin/migrations/plan")
        _ = try await bench.post("/admin/migrations/runs", fields)
        try await bench.settled()
        let entry = try #require(try await bench.migrator.audit().first)
        #expect(entry.person == "ana")
        #expect(entry.action == "migrate")
        #expect(entry.outcome == "done")
        #expect(entry.run == RunID(1))
        let page = try await bench.get("/admin/migrations/audit", as: "vera")
        #expect(page.body.contains("ana") && page.body.contains("everything pending"))
    }

    @Test func `W12: a failure is audited with its code`() async throws {
        let bench = try WebBench(Escaping.hostile)
        _ = try await bench.post(
            "/admin/migrations/runs", try await bench.form("/admin/migrations/plan"))
        try await bench.settled()
        #expect(try await bench.migrator.audit().first?.outcome == "statement-failed")
    }

    @Test func `W12: what cannot be audited is not done`() async throws {
        let bench = try WebBench()
        try await bench.migrator.migrate(to: SemanticVersion(1, 0, 0))
        let file = try DatabaseQueue(path: bench.folder + "/db.sqlite")
        try await file.write { database in
            try database.execute(
                sql: """
                    CREATE TRIGGER full BEFORE INSERT ON apus_audit
                    BEGIN SELECT raise(ABORT, 'no room'); END
                    """)
        }
        let fields = try await bench.form("/admin/migrations/plan")
        #expect(try await bench.post("/admin/migrations/runs", fields).status >= 400)
        try await bench.settled()
        #expect(try await bench.migrator.runs().count == 1)
        #expect(try await bench.migrator.state().version == SemanticVersion(1, 0, 0))
        let page = try await bench.get("/admin/migrations/backups/new")
        let token = try #require(
            page.body.firstMatch(
                of: /action="\/admin\/migrations\/backups".*?name="token" value="([^"]*)"/
                    .dotMatchesNewlines()))
        let backup = try await bench.post(
            "/admin/migrations/backups", ["token": String(token.1)])
        #expect(backup.status >= 400)
        #expect(try bench.migrator.backups?.list().isEmpty == true)
    }

    @Test(arguments: ["UPDATE apus_audit SET person = 'eve'", "DELETE FROM apus_audit"])
    func `W12: rows of the audit are only added`(_ sql: String) async throws {
        let bench = try WebBench()
        _ = try await bench.post(
            "/admin/migrations/runs", try await bench.form("/admin/migrations/plan"))
        try await bench.settled()
        let file = try DatabaseQueue(path: bench.folder + "/db.sqlite")
        await #expect(throws: (any Error).self) {
            try await file.write { try $0.execute(sql: sql) }
        }
    }

    @Test(arguments: ["..%2F..%2Fetc%2Fpasswd", "%2Fetc%2Fpasswd", "db.sqlite", "x"])
    func `W9: a backup is found by its opaque id alone`(_ name: String) async throws {
        let bench = try WebBench()
        try await bench.migrator.migrate(to: SemanticVersion(1, 0, 0))
        let record = try await bench.migrator.backUp()
        let path = "/admin/migrations/backups"
        #expect(try await bench.get("\(path)/\(name)/download").status == 404)
        #expect(try await bench.get("\(path)/\(record.name.pathEncoded)/download").status == 404)
        let page = try await bench.get(path)
        #expect(!page.body.contains("/backups/\(record.name)"))
        let link = try #require(page.body.firstMatch(of: /href="([^"]*\/download)"/))
        let download = try await bench.get(String(link.1))
        #expect(download.status == 200)
        #expect(download.body.hasPrefix("SQLite format 3"))
        #expect(try await bench.migrator.audit().first?.action == "download-backup")
        #expect(try await bench.get(String(link.1), as: "vera").status == 403)
    }

    @Test(arguments: ["0", "-1", "x", "999", "1%2F..", "9223372036854775808"])
    func `W9: a run that there is not is not found`(_ number: String) async throws {
        let bench = try WebBench()
        try await bench.migrator.migrate()
        #expect(try await bench.get("/admin/migrations/runs/\(number)").status == 404)
        #expect(try await bench.get("/api/runs/\(number)").status == 404)
    }
}
