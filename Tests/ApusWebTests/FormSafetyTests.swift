import ApusCore
import ApusEngine
import Foundation
import HTTPTypes
import Testing

@testable import ApusWeb

/// W1, W10, W11: what a form may start.
@Suite struct `Forms` {
    @Test func `W1: a form without its token starts nothing`() async throws {
        let bench = try WebBench()
        var fields = try await bench.form("/admin/migrations/plan")
        fields["token"] = nil
        #expect(try await bench.post("/admin/migrations/runs", fields).status == 403)
        fields["token"] = "00000000000000000000000000000000.00"
        #expect(try await bench.post("/admin/migrations/runs", fields).status == 403)
        #expect(try await bench.migrator.runs().isEmpty)
    }

    @Test func `W1: no route that changes anything takes a form without its token`() async throws {
        let bench = try WebBench()
        let site = bench.administration.site
        var asked = 0
        for route in site.routes() where route.method == .post && !route.isHarmless {
            let path = (site.prefix(of: route.place) + route.path)
                .replacing("{run}", with: "1").replacing("{backup}", with: "x")
            #expect(try await bench.post(path, [:]).status == 403, "\(path)")
            asked += 1
        }
        #expect(asked >= 5)
        #expect(try bench.migrator.backups?.list().isEmpty == true)
    }

    @Test func `W1: a token that was drawn for somebody else starts nothing`() async throws {
        let bench = try WebBench()
        let fields = try await bench.form("/admin/migrations/plan", as: "olga")
        #expect(try await bench.post("/admin/migrations/runs", fields, as: "ana").status == 403)
        #expect(try await bench.migrator.runs().isEmpty)
    }

    @Test func `W1: a form is taken by another process only where both have the same secret`() {
        let (one, other) = (FormTokens(secret: Secret("s")), FormTokens(secret: Secret("s")))
        let token = one.make(for: "ana")
        #expect(other.nonce(of: token, for: "ana") != nil)
        #expect(other.nonce(of: token, for: "olga") == nil)
        #expect(FormTokens(secret: Secret("t")).nonce(of: token, for: "ana") == nil)
        #expect(FormTokens().nonce(of: token, for: "ana") == nil)
        #expect(FormTokens().nonce(of: FormTokens().make(for: "ana"), for: "ana") == nil)
    }

    @Test(arguments: ["http://evil.example", "null", "http://localhost:9999", nil])
    func `W1: a form from another site, or of unknown origin, starts nothing`(
        _ origin: String?
    ) async throws {
        let bench = try WebBench()
        let fields = try await bench.form("/admin/migrations/plan")
        let answer = try await bench.post("/admin/migrations/runs", fields, origin: origin)
        #expect(answer.status == 403)
        #expect(try await bench.migrator.runs().isEmpty)
    }

    @Test func `W1: asking with GET starts nothing`() async throws {
        let bench = try WebBench()
        let fields = try await bench.form("/admin/migrations/plan")
        let query = fields.map { "\($0.key)=\($0.value.queryEncoded)" }.joined(separator: "&")
        _ = try await bench.get("/admin/migrations/runs?\(query)")
        #expect(try await bench.migrator.runs().isEmpty)
    }

    @Test func `a form starts its run and leads to it`() async throws {
        let bench = try WebBench()
        let fields = try await bench.form("/admin/migrations/plan")
        let answer = try await bench.post("/admin/migrations/runs", fields)
        #expect(answer.status == 303)
        #expect(answer.headers[.location] == "/admin/migrations/runs/1")
        try await bench.settled()
        let page = try await bench.get("/admin/migrations/runs/1")
        #expect(page.body.contains("succeeded"))
        #expect(page.body.contains("1.1.0 notes"))
    }

    @Test func `W11: a form that is sent twice is one run`() async throws {
        let bench = try WebBench()
        let fields = try await bench.form("/admin/migrations/plan")
        async let first = bench.post("/admin/migrations/runs", fields)
        async let second = bench.post("/admin/migrations/runs", fields)
        let places = try await [first, second].map { $0.headers[.location] }
        #expect(places == ["/admin/migrations/runs/1", "/admin/migrations/runs/1"])
        try await bench.settled()
        let third = try await bench.post("/admin/migrations/runs", fields)
        #expect(third.headers[.location] == "/admin/migrations/runs/1")
        #expect(try await bench.migrator.runs().count == 1)
    }

    @Test func `W11: the forms of two people are one run, and the second is shown the first's`()
        async throws
    {
        let bench = try WebBench()
        let ana = try await bench.form("/admin/migrations/plan", as: "ana")
        let olga = try await bench.form("/admin/migrations/plan", as: "olga")
        let first = try await bench.post("/admin/migrations/runs", ana, as: "ana")
        try await bench.settled()
        let second = try await bench.post("/admin/migrations/runs", olga, as: "olga")
        #expect(first.headers[.location] == "/admin/migrations/runs/1")
        #expect(second.headers[.location] == "/admin/migrations/runs/1?already=1")
        #expect(try await bench.migrator.runs().count == 1)
    }

    @Test func `W10: a plan that has changed is not run, and the page says how`() async throws {
        let bench = try WebBench()
        let fields = try await bench.form("/admin/migrations/plan")
        try await bench.migrator.migrate(to: .init(1, 0, 0))
        let answer = try await bench.post("/admin/migrations/runs", fields)
        #expect(answer.status == 409)
        #expect(answer.body.contains("no more"))
        #expect(answer.body.contains("apply 1.0.0 trips"))
        #expect(try await bench.migrator.runs().count == 1)
    }

    @Test func `W10: the digest decides, not what else the form says`() async throws {
        let bench = try WebBench()
        var fields = try await bench.form("/admin/migrations/plan")
        fields["to"] = "1.0.0"
        #expect(try await bench.post("/admin/migrations/runs", fields).status == 409)
        #expect(try await bench.migrator.runs().isEmpty)
    }

    @Test func `W10: a plan that changes behind the last look is not run`() async throws {
        let bench = try WebBench()
        let order = RunOrder(
            key: "one", goal: .latest, digest: Checksum(of: "another plan"), person: "ana",
            address: nil)
        let refusal = await #expect(throws: Diagnostics.self) {
            try await bench.administration.site.keeper.start(order)
        }
        #expect(refusal?.all.map(\.code) == [.planChanged])
        #expect(try await bench.migrator.runs().isEmpty)
    }

    @Test func `a rollback wants its version typed`() async throws {
        let bench = try WebBench()
        try await bench.migrator.migrate()
        var fields = try await bench.form("/admin/migrations/plan?undo=1.1.0")
        let untyped = try await bench.post("/admin/migrations/runs", fields)
        #expect(untyped.status == 400)
        #expect(untyped.body.contains("Type 1.1.0 to confirm"))
        fields["confirm"] = "1.1.0"
        #expect(try await bench.post("/admin/migrations/runs", fields).status == 303)
        try await bench.settled()
        #expect(try await bench.migrator.state().version?.description == "1.0.0")
    }

    @Test func `W1: no POST that changes anything is taken without a form's token`() async throws {
        let bench = try WebBench()
        try await bench.migrator.migrate()
        let site = bench.administration.site
        let posts = site.routes().filter { $0.method == .post && !$0.isHarmless }
        for route in posts {
            let path = (site.prefix(of: route.place) + route.path)
                .replacing("{run}", with: "1").replacing("{backup}", with: "x")
            let form = try await bench.post(path, ["token": "x.y"])
            #expect(form.status == 403, "\(path)")
            let foreign = try await bench.post(path, [:], origin: "http://evil.example")
            #expect(foreign.status == 403, "\(path)")
        }
        #expect(posts.count >= 5)
        #expect(try await bench.migrator.audit().isEmpty)
    }

    @Test func `W10: a plan that one person agreed to does not run in another's name`()
        async throws
    {
        let bench = try WebBench()
        let olga = try await bench.form("/admin/migrations/plan", as: "olga")
        // Nothing that the form says makes it somebody else's.
        var fields = olga
        fields["person"] = "olga"
        #expect(try await bench.post("/admin/migrations/runs", fields, as: "ana").status == 403)
        #expect(try await bench.migrator.audit().isEmpty)
        #expect(try await bench.post("/admin/migrations/runs", olga, as: "olga").status == 303)
        try await bench.settled()
        #expect(try await bench.migrator.audit().first?.person == "olga")
        #expect(try await bench.migrator.run(RunID(1)).startedBy == "olga")
    }

    @Test func `a rollback that others depend on offers to undo them as well`() async throws {
        let bench = try WebBench()
        try await bench.migrator.migrate()
        let page = try await bench.get("/admin/migrations/plan?undo=1.0.0")
        #expect(page.status == 409)
        #expect(page.body.contains("/admin/migrations/plan?undo=1.0.0&amp;cascade=1"))
        let both = try await bench.get("/admin/migrations/plan?undo=1.0.0&cascade=1")
        #expect(both.body.contains("Undo 2 migrations"))
        let migration = try await bench.get(
            "/admin/migrations/migrations/20250101_000000_1.0.0_trips")
        #expect(migration.body.contains("/admin/migrations/plan?down-to=1.0.0"))
    }

    @Test func `where the file's down section is another, the page asks which one to run`()
        async throws
    {
        let bench = try WebBench()
        try await bench.migrator.migrate()
        let name = try #require(WebBench.two.keys.first { $0.contains("notes") })
        try WebBench.two[name]!.replacing("DROP COLUMN note;", with: "DROP COLUMN note; SELECT 1;")
            .write(toFile: "\(bench.folder)/migrations/\(name)", atomically: true, encoding: .utf8)
        let refused = try await bench.get("/admin/migrations/plan?undo=1.1.0")
        #expect(refused.body.contains("undo=1.1.0&amp;down=stored"))
        #expect(refused.body.contains("undo=1.1.0&amp;down=file"))
        var fields = try await bench.form("/admin/migrations/plan?undo=1.1.0&down=stored")
        #expect(fields["down"] == "stored")
        fields["confirm"] = "1.1.0"
        #expect(try await bench.post("/admin/migrations/runs", fields).status == 303)
        try await bench.settled()
        #expect(try await bench.migrator.state().version == SemanticVersion(1, 0, 0))
    }
}
