import ApusCore
import ApusEngine
import ApusSQLite
import Foundation
import GRDB
import HTTPTypes
import Hummingbird
import NIOCore
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

    /// Makes the audit refuse every new row.
    private func fill(_ bench: WebBench) throws {
        try bench.execute(
            "CREATE TRIGGER full BEFORE INSERT ON apus_audit BEGIN SELECT raise(ABORT, 'no'); END")
    }

    @Test func `W12: no backup is given away or verified that cannot be audited`() async throws {
        let bench = try WebBench()
        try await bench.migrator.migrate()
        _ = try await bench.migrator.backUp()
        let pages = "/admin/migrations/backups"
        let page = try await bench.get(pages)
        let download = try #require(page.body.firstMatch(of: /href="([^"]*\/download)"/))
        let verify = try #require(page.body.firstMatch(of: /action="([^"]*\/verify)"/))
        let token = try await bench.token(on: pages, to: String(verify.1))
        try fill(bench)
        #expect(try await bench.get(String(download.1)).status >= 400)
        #expect(try await bench.post(String(verify.1), ["token": token]).status >= 400)
        #expect(await bench.administration.site.jobs.all.allSatisfy(\.isOver))
    }

    @Test func `W12: a download that breaks off is audited as that`() async throws {
        struct Gone: Error {}
        struct Client: ResponseBodyWriter {
            mutating func write(_ buffer: ByteBuffer) async throws { throw Gone() }
            consuming func finish(_ trailingHeaders: HTTPFields?) async throws {}
        }
        let bench = try WebBench()
        try await bench.migrator.migrate()
        _ = try await bench.migrator.backUp()
        let page = try await bench.get("/admin/migrations/backups")
        let link = try #require(page.body.firstMatch(of: /href="([^"]*\/download)"/))
        let path = String(link.1)
        let aborted = try await bench.respond(.get, path, as: "ana")
        await #expect(throws: Gone.self) { try await aborted.body.write(Client()) }
        #expect(try await bench.migrator.audit().first?.outcome == "aborted")
        let short = try await bench.respond(.get, path, as: "ana")
        let entry = try #require(try bench.migrator.ownBackups().first)
        try "short".write(toFile: entry.path, atomically: false, encoding: .utf8)
        await #expect(throws: (any Error).self) {
            try await short.body.write(BlackHole())
        }
        #expect(try await bench.migrator.audit().first?.outcome == "incomplete")
    }

    private struct BlackHole: ResponseBodyWriter {
        mutating func write(_ buffer: ByteBuffer) async throws {}
        consuming func finish(_ trailingHeaders: HTTPFields?) async throws {}
    }

    @Test func `asking for the head of a download is no download`() async throws {
        let bench = try WebBench()
        try await bench.migrator.migrate()
        _ = try await bench.migrator.backUp()
        let page = try await bench.get("/admin/migrations/backups")
        let link = try #require(page.body.firstMatch(of: /href="([^"]*\/download)"/))
        #expect(try await bench.send(.head, String(link.1), as: "ana").status == 200)
        #expect(try await bench.migrator.audit().isEmpty)
    }
}
