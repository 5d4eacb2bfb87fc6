import ApusCore
import ApusEngine
import Foundation
import HTTPTypes
import Testing

@testable import ApusWeb

/// The API as programs meet it.
@Suite struct `API` {
    @Test func `the description names exactly the routes that there are`() throws {
        let site = try WebBench().administration.site
        let document = try #require(
            try JSONSerialization.jsonObject(with: Data(OpenAPI.text(api: "/api").utf8))
                as? [String: Any])
        let paths = try #require(document["paths"] as? [String: [String: Any]])
        let described = Set(paths.flatMap { path, methods in methods.keys.map { "\($0) \(path)" } })
        let others = OtherMethods.routes(besides: []).count
        #expect(others == 0)
        let routes = Set(
            site.routes().filter { $0.place == .api && !$0.isHarmless && $0.method != .head }
                .map { "\($0.method.rawValue.lowercased()) \($0.path)" })
        #expect(described == routes)
    }

    @Test func `what is not there is a problem document, where nobody else answers below the API`()
        async throws
    {
        let alone = try WebBench(isAlone: true)
        for path in ["/api/nowhere", "/api/runs/1/nowhere", "/api/version/nowhere/x"] {
            let answer = try await alone.get(path)
            #expect(answer.status == 404)
            #expect(answer.headers[.contentType] == "application/problem+json")
            #expect(answer.json["status"] as? Int == 404)
            #expect(try await alone.get(path, as: nil).status == 401)
        }
        #expect(try await alone.get("/api/version", as: nil).status == 200)
        // A host's own answer, which is Hummingbird's here.
        #expect(try await WebBench().get("/api/nowhere").headers[.contentType] == nil)
    }

    @Test func `what a page does not do is answered with what it does`() async throws {
        let bench = try WebBench()
        let origin: HTTPFields = [.origin: "http://localhost:8080"]
        let answer = try await bench.send(
            .post, "/admin/migrations/audit", as: "ana", headers: origin)
        #expect(answer.status == 405)
        #expect(answer.headers[.allow] == "GET, HEAD")
        #expect(answer.body.contains("<h1>POST is not done here</h1>"))
        let nowhere = try await bench.send(
            .delete, "/admin/migrations/nowhere/at/all", as: "ana", headers: origin)
        #expect(nowhere.status == 404)
    }

    @Test func `a program plans, runs once for each key, and looks at the run`() async throws {
        let bench = try WebBench()
        let plan = try await bench.call("/api/plans", "{\"to\":\"1.0.0\"}").json
        let digest = try #require(plan["digest"] as? String)
        let request = "{\"to\":\"1.0.0\",\"digest\":\"\(digest)\"}"
        let first = try await bench.call("/api/runs", request, key: "k1")
        #expect(first.status == 202)
        #expect(first.headers[.location] == "/api/runs/1")
        try await bench.settled()
        let second = try await bench.call("/api/runs", request, key: "k1")
        #expect(second.status == 202)
        #expect(second.json["run"] as? Int == 1)
        let other = try await bench.call("/api/runs", request, key: "k2")
        #expect(other.status == 409)
        #expect(other.json["run"] as? Int == 1)
        let run = try await bench.get("/api/runs/1").json
        #expect(run["status"] as? String == "succeeded")
        #expect((run["journal"] as? [Any])?.count == 1)
    }

    @Test func `who hears that a run is over hears of no version from before its end`() async throws
    {
        let bench = try WebBench()
        #expect(try await bench.get("/api/version").json["database_version"] == nil)
        // Another process, which tells nobody here.
        try await bench.migrator.migrate()
        #expect(try await bench.get("/api/runs/1").json["status"] as? String == "succeeded")
        let version = try await bench.get("/api/version").json["database_version"]
        #expect(version as? String == "1.1.0")
    }

    @Test(arguments: [
        ("{\"digest\":1}", "digest"), ("{}", "digest"), ("[]", "body"), ("{", "body"),
        ("{\"too\":\"1.0.0\"}", "too"), ("{\"to\":\"one\"}", "to"),
        ("{\"to\":\"1.0.0\",\"undo\":\"1.0.0\"}", "undo"), ("{\"cascade\":1}", "cascade"),
        ("{\"down_to\":\"one\"}", "down_to"),
        ("{\"to\":\"1.0.0\",\"down_to\":\"1.0.0\"}", "down_to"),
    ])
    func `a malformed request is answered 400 with the field's name`(
        _ body: String, _ parameter: String
    ) async throws {
        let bench = try WebBench()
        let answer = try await bench.call("/api/runs", body, key: "k")
        #expect(answer.status == 400)
        #expect(answer.json["parameter"] as? String == parameter)
        #expect(answer.headers[.contentType] == "application/problem+json")
    }

    @Test(arguments: [
        ("/api/version/changelog/9.9.9", 404), ("/api/version/changelog/one", 400),
        ("/api/version/compatibility?database=one", 400),
        ("/api/version/compatibility?database=", 400), ("/api/runs?limit=", 400),
        ("/api/migrations/x", 404),
        ("/api/runs/1", 404), ("/api/runs?limit=0", 400),
    ])
    func `what there is not is a problem document`(_ path: String, _ status: Int) async throws {
        let bench = try WebBench()
        let answer = try await bench.get(path)
        #expect(answer.status == status)
        #expect(answer.json["status"] as? Int == status)
        #expect((answer.json["type"] as? String)?.hasPrefix("urn:apus:problem:") == true)
    }

    @Test func `another method is answered 405 with those that there are`() async throws {
        let answer = try await WebBench().send(
            .delete, "/api/runs/1", as: "ana", headers: [.authorization: "Bearer x"])
        #expect(answer.status == 405)
        #expect(answer.headers[.allow] == "GET, HEAD")
    }

    @Test func `a newer application than the catalogue's is not behind the database`() async throws
    {
        let catalogue = Catalogue(
            applicationVersion: SemanticVersion(1, 0, 0), database: SemanticVersion(1, 0, 0))
        let bench = try WebBench(catalogue: catalogue)
        try await bench.migrator.migrate()
        let path = "/api/version/compatibility"
        for (query, verdict) in [("", "database-ahead"), ("?application=2.0.0", "compatible")] {
            let answer = try await bench.get(path + query).json
            let judged = answer["compatibility"] as? [String: Any]
            #expect(judged?["verdict"] as? String == verdict)
        }
    }

    @Test func `the version says what the database is, needs and lacks`() async throws {
        let catalogue = Catalogue(
            applicationVersion: SemanticVersion(1, 1, 0),
            minimumDatabase: SemanticVersion(1, 1, 0),
            releases: [
                Release(
                    version: SemanticVersion(1, 0, 0), date: CalendarDate("2025-01-15"),
                    features: ["Trips"], upgradeNotes: ["None."])
            ])
        let bench = try WebBench(catalogue: catalogue)
        try await bench.migrator.migrate(to: SemanticVersion(1, 0, 0))
        let version = try await bench.get("/api/version", as: nil).json
        #expect(version["database_version"] as? String == "1.0.0")
        #expect(version["minimum_database_version"] as? String == "1.1.0")
        #expect(version["pending_migrations"] as? Int == 1)
        #expect(version["release_date"] as? String == "2025-01-15")
        #expect(version["features"] as? [String] == ["Trips"])
        #expect(
            (version["compatibility"] as? [String: Any])?["verdict"] as? String
                == "database-too-old")
        #expect(try await bench.get("/health/ready", as: nil).status == 503)
        try await bench.migrator.migrate()
        await bench.administration.site.states.forget()
        #expect(try await bench.get("/health/ready", as: nil).status == 200)
        let metrics = try await bench.get("/metrics", as: nil).body
        #expect(metrics.contains("apus_applied_migrations 2\n"))
        #expect(metrics.contains("apus_migration_duration_seconds_count 2\n"))
        #expect(!metrics.contains("trips"))
    }

    @Test(arguments: [("resume=yes", "resume"), ("undo=1.1.0&cascade=yes", "cascade")])
    func `a flag of a goal is 1 or left out`(_ query: String, _ parameter: String) async throws {
        let bench = try WebBench()
        let page = try await bench.get("/admin/migrations/plan?\(query)")
        #expect(page.status == 400)
        #expect(page.body.contains("\(parameter) is 1, or left out"))
    }

    @Test func `a plus in a query is a space only where it is written as such`() async throws {
        let bench = try WebBench()
        let path = "/api/version/compatibility?database="
        #expect(try await bench.get("\(path)1.0.0%2Bb1").status == 200)
        #expect(try await bench.get("\(path)1.0.0+b1").status == 400)
    }

    @Test func `a run that there is not cannot be stopped`() async throws {
        let bench = try WebBench()
        let fields = try await bench.form("/admin/migrations/plan")
        let answer = try await bench.post(
            "/admin/migrations/runs/999/cancel", ["token": fields["token"] ?? ""])
        #expect(answer.status == 404)
    }

    @Test func `backups are listed with what their manifests say`() async throws {
        let bench = try WebBench()
        try await bench.migrator.migrate()
        let record = try await bench.migrator.backUp()
        let list = try await bench.get("/api/backups", as: "vera").json["backups"]
        let found = try #require(
            (list as? [[String: Any]])?.first { $0["name"] as? String == record.name })
        #expect(found["bytes"] as? Int64 == record.bytes)
        #expect(found["database_version"] as? String == "1.1.0")
        #expect(found["engine"] as? String == "sqlite")
        #expect(found["id"] as? String == Opaque.id(of: record.name))
    }

    private static let breaking = Catalogue(
        releases: [
            Release(
                version: SemanticVersion(1, 1, 0), date: CalendarDate("2025-02-15"),
                title: "Notes", features: ["Notes of trips"], breakingChanges: ["Old notes go"],
                upgradeNotes: ["Read them first."])
        ], roadmap: [RoadmapEntry(version: SemanticVersion(2, 0, 0), features: ["More"])])

    @Test func `the changelog has releases with breaking changes and notes, and what is planned`()
        async throws
    {
        let bench = try WebBench(catalogue: Self.breaking)
        let all = try await bench.get("/api/version/changelog", as: nil).json["releases"]
        let releases = try #require(all as? [[String: Any]])
        try #require(releases.map { $0["version"] as? String } == ["1.1.0"])
        #expect(releases[0]["breaking_changes"] as? [String] == ["Old notes go"])
        #expect(releases[0]["upgrade_notes"] as? [String] == ["Read them first."])
        #expect(releases[0]["date"] as? String == "2025-02-15")
        let next = try await bench.get("/api/version/changelog/2.0.0", as: nil).json["releases"]
        let planned = try #require((next as? [[String: Any]])?.first)
        #expect(planned["planned"] as? Bool == true)
        #expect(planned["features"] as? [String] == ["More"])
    }

    @Test func `breaking changes have to be accepted by name, on the page and by programs`()
        async throws
    {
        let bench = try WebBench(catalogue: Self.breaking)
        // For an empty database nothing breaks.
        try await bench.migrator.migrate(to: SemanticVersion(1, 0, 0))
        let plan = try await bench.call("/api/plans", "{}").json
        let digest = try #require(plan["digest"] as? String)
        let refused = try await bench.call("/api/runs", "{\"digest\":\"\(digest)\"}", key: "a")
        #expect(refused.status == 409)
        #expect(refused.json["parameter"] as? String == "accept_breaking")
        let fields = try await bench.form("/admin/migrations/plan")
        let page = try await bench.post("/admin/migrations/runs", fields)
        #expect(page.status == 400)
        #expect(page.body.contains("Accept the breaking changes of 1.1.0 first."))
        #expect(try await bench.migrator.runs().count == 1)
        let accepted = try await bench.call(
            "/api/runs", "{\"digest\":\"\(digest)\",\"accept_breaking\":[\"1.1.0\"]}", key: "b")
        #expect(accepted.status == 202)
    }

    @Test func `a program repeats the version of a rollback`() async throws {
        let bench = try WebBench()
        try await bench.migrator.migrate()
        let plan = try await bench.call("/api/plans", "{\"undo\":\"1.1.0\"}").json
        let digest = try #require(plan["digest"] as? String)
        #expect(plan["confirm"] as? String == "1.1.0")
        let body = "{\"undo\":\"1.1.0\",\"digest\":\"\(digest)\""
        let refused = try await bench.call("/api/runs", body + "}", key: "a")
        #expect(refused.status == 400)
        #expect(refused.json["parameter"] as? String == "confirm")
        let typed = try await bench.call("/api/runs", body + ",\"confirm\":\"1.1.0\"}", key: "a")
        #expect(typed.status == 202)
    }

    @Test func `what was not rehearsed is run neither for the API nor for the page`() async throws {
        let bench = try WebBench(gate: RehearsalGate())
        try await bench.migrator.migrate(to: SemanticVersion(1, 0, 0))
        let plan = try await bench.call("/api/plans", "{}").json
        let digest = try #require(plan["digest"] as? String)
        let refused = try await bench.call("/api/runs", "{\"digest\":\"\(digest)\"}", key: "a")
        #expect(refused.status >= 400 && refused.status < 500)
        #expect(refused.body.contains("rehearsal-needed"), "\(refused.body)")
        let drawn = try await bench.get("/admin/migrations/plan")
        #expect(drawn.status == 200 && !drawn.body.contains("action=\"/admin/migrations/runs\""))
        // A form that was drawn for something else of the same session.
        let token = try await bench.token(
            on: "/admin/migrations/backups/new", to: "/admin/migrations/backups")
        let page = try await bench.post(
            "/admin/migrations/runs", ["token": token, "digest": digest])
        #expect(page.status >= 400 && page.status < 500)
        #expect(page.body.contains("this plan has to be rehearsed"), "\(page.body)")
        let history = try await bench.migrator.history()
        #expect(history.applied.count == 1)
    }
}
