import ApusCore
import ApusEngine
import ApusLint
import Foundation
import HTTPTypes
import SystemPackage
import Testing

@testable import ApusWeb

/// What speaks for and against what is pending, before it runs.
@Suite struct `Checks` {
    private static let pages = "/admin/migrations"

    /// 1.0.0 is harmless; 1.1.0 drops a column that holds data.
    private static let files = Dictionary(uniqueKeysWithValues: [
        WebBench.file(
            "1.0.0", "trips",
            up:
                "CREATE TABLE trips (id integer PRIMARY KEY, note text);\nINSERT INTO trips VALUES (1, '<b>x</b>');",
            down: "DROP TABLE trips;"),
        WebBench.file(
            "1.1.0", "no_notes", up: "ALTER TABLE trips DROP COLUMN note;",
            down: "ALTER TABLE trips ADD COLUMN note text;"),
    ])

    private func bench(
        gate: RehearsalGate? = nil, tests: String? = nil, isMounted: Bool = true
    ) async throws -> WebBench {
        let bench = try WebBench(Self.files, gate: gate) { configuration in
            guard isMounted else { return }
            configuration.review = .lint()
            configuration.rehearsal = RehearsalRequest(
                tests: tests.map { TestFolder(FilePath($0), dialect: .sqlite) })
        }
        try await bench.migrator.migrate(to: SemanticVersion(1, 0, 0))
        return bench
    }

    /// Begins a rehearsal as the page's form does and waits for its end; gives its page.
    private func rehearse(
        _ bench: WebBench, _ fields: [String: String]
    ) async throws -> WebBench.Answer {
        let token = try await bench.token(
            on: "\(Self.pages)/checks/rehearse", to: "\(Self.pages)/checks/rehearsals")
        let begun = try await bench.post(
            "\(Self.pages)/checks/rehearsals", fields.merging(["token": token]) { $1 })
        #expect(begun.status == 303)
        try await bench.backedUp()
        return try await bench.get(try #require(begun.headers[.location]))
    }

    @Test func `the plan's page says what lint says of its migrations, and of no other`()
        async throws
    {
        let bench = try await bench()
        let plan = try await bench.get("\(Self.pages)/plan")
        #expect(plan.body.contains("drop-column-loses-data"))
        #expect(plan.body.contains("1 migration, 2 statements"))
        try await bench.migrator.migrate(to: SemanticVersion(1, 1, 0))
        let undo = try await bench.get("\(Self.pages)/plan?undo=1.1.0")
        #expect(!undo.body.contains("Lint"))
    }

    @Test func `the page of checks says where nothing is pending, and where nothing judges`()
        async throws
    {
        let judged = try await bench()
        #expect(
            try await judged.get("\(Self.pages)/checks", as: "vera").body.contains(
                "drop-column-loses-data"))
        try await judged.migrator.migrate(to: SemanticVersion(1, 1, 0))
        #expect(try await judged.get("\(Self.pages)/checks").body.contains("Nothing is pending"))
        let bare = try await bench(isMounted: false)
        let page = try await bare.get("\(Self.pages)/checks").body
        #expect(page.contains("mounted without rules") && page.contains("apus test holds one"))
        #expect(try await bare.get("/api/lint").status == 404)
        #expect(try await bare.get("\(Self.pages)/checks/rehearse").status == 404)
    }

    @Test func `programs get lint's findings with rule, level and place`() async throws {
        let bench = try await bench()
        let answer = try await bench.get("/api/lint").json
        let findings = try #require(answer["findings"] as? [[String: Any]])
        let loss = try #require(
            findings.first { $0["rule"] as? String == "drop-column-loses-data" })
        #expect(loss["level"] as? String == "error" || loss["level"] as? String == "warning")
        #expect((loss["file"] as? String)?.hasSuffix("1.1.0_no_notes.sql") == true)
        #expect(loss["line"] as? Int == 3)
        let plan = try await bench.call("/api/plans", "{}").json
        #expect((plan["lint"] as? [String: Any])?["statements"] as? Int == 2)
        #expect(plan["rehearsal"] == nil)
    }

    @Test func `a rehearsal is begun with a form, and its page says what it found`() async throws {
        let bench = try await bench()
        let page = try await rehearse(bench, ["from": "nothing"])
        #expect(page.body.contains("empty → 1.1.0"))
        #expect(page.body.contains("so it opens no gate"))
        #expect(page.body.contains("1.1.0 no_notes") && page.body.contains("up again"))
        let entry = try #require(try await bench.migrator.audit().first)
        #expect((entry.action, entry.outcome, entry.person) == ("rehearse", "passed", "ana"))
        #expect(try await bench.migrator.state().version == SemanticVersion(1, 0, 0))
        let list = try await bench.get("\(Self.pages)/checks", as: "vera").body
        #expect(list.contains("A rehearsal from nothing for ana: passed"))
    }

    @Test func `with a backup it says which data are lost, and the gate opens`() async throws {
        let bench = try await bench(gate: RehearsalGate())
        _ = try await bench.migrator.backUp()
        let closed = try await bench.get("\(Self.pages)/plan").body
        #expect(
            closed.contains("rehearsal gate closed") && !closed.contains("class=\"card confirm\""))
        let page = try await rehearse(bench, ["from": "latest", "to": "1.1.0"])
        #expect(page.body.contains("The database knows of it"))
        #expect(page.body.contains("trips.note") || page.body.contains("note of trips"))
        let open = try await bench.get("\(Self.pages)/plan").body
        #expect(open.contains("rehearsal gate open") && open.contains("class=\"card confirm\""))
        let passed = try await bench.get("/api/rehearsals").json
        #expect((passed["passed"] as? [[String: Any]])?.first?["to"] as? String == "1.1.0")
        let plan = try await bench.call("/api/plans", "{}").json
        #expect((plan["rehearsal"] as? [String: Any])?["open"] as? Bool == true)
    }

    @Test func `a failed assertion is shown where it stands`() async throws {
        let tests = FileManager.default.temporaryDirectory.appendingPathComponent(
            "apus-tests-\(UUID().uuidString)"
        ).path
        try FileManager.default.createDirectory(
            atPath: tests, withIntermediateDirectories: false)
        try "-- Assert nobody stays\nSELECT id FROM trips;\n".write(
            toFile: "\(tests)/1.1.0_stays.sql", atomically: true, encoding: .utf8)
        let bench = try await bench(tests: tests)
        let page = try await rehearse(bench, ["from": "nothing"])
        #expect(page.body.contains("not passed"))
        #expect(page.body.contains("nobody stays") && page.body.contains("does not hold"))
        #expect(try await bench.migrator.audit().first?.outcome == "not passed")
    }

    @Test func `programs hold a rehearsal once for a key, and read its report`() async throws {
        let bench = try await bench()
        #expect(try await bench.call("/api/rehearsals", "{}").status == 400)
        let first = try await bench.call(
            "/api/rehearsals", #"{"from": "nothing"}"#, key: "k")
        #expect(first.status == 202)
        let place = try #require(first.headers[.location])
        let second = try await bench.call("/api/rehearsals", #"{"from": "nothing"}"#, key: "k")
        #expect(second.headers[.location] == place)
        try await bench.backedUp()
        let report = try await bench.get(place).json
        #expect(report["status"] as? String == "passed")
        let migrations = try #require(report["migrations"] as? [[String: Any]])
        #expect(migrations.count == 2)
        #expect((migrations[1]["steps"] as? [[String: Any]])?.count == 3)
        #expect(await bench.administration.site.jobs.all.count == 1)
    }

    @Test(arguments: ["/etc/passwd", "../backups/x", "0123"])
    func `W9: a rehearsal begins with a listed backup, never with a path`(_ start: String)
        async throws
    {
        let bench = try await bench()
        let answer = try await bench.call(
            "/api/rehearsals", "{\"from\": \"\(start)\"}", key: "k")
        #expect(answer.status == 400 && answer.json["parameter"] as? String == "from")
        #expect(await bench.administration.site.jobs.all.isEmpty)
    }

    @Test func `W2: who may only look begins no rehearsal and stops none`() async throws {
        let bench = try await bench()
        let page = try await bench.get("\(Self.pages)/checks", as: "vera").body
        #expect(page.contains("needs the role") && !page.contains("checks/rehearse"))
        #expect(try await bench.get("\(Self.pages)/checks/rehearse", as: "vera").status == 403)
        #expect(
            try await bench.call("/api/rehearsals", "{}", as: "vera", key: "k").status == 403)
        #expect(try await bench.get("\(Self.pages)/checks/rehearsals/7").status == 404)
    }

    @Test func `a backup that does not restore ends a rehearsal, and says so`() async throws {
        let bench = try await bench()
        let record = try await bench.migrator.backUp()
        let path = try #require(try bench.migrator.ownBackups().first).path
        var bytes = try Data(contentsOf: URL(filePath: path))
        bytes[bytes.count / 2] ^= 0xff
        try bytes.write(to: URL(filePath: path))
        let page = try await rehearse(bench, ["from": Opaque.id(of: record.name)])
        #expect(page.body.contains("backup-damaged"))
        #expect(try await bench.migrator.audit().first?.outcome == "backup-damaged")
    }
}
