import ApusCore
import ApusEngine
import ApusTesting
import Foundation
import HTTPTypes
import Testing

@testable import ApusWeb

/// W4: what others wrote is text.
@Suite struct `Escaping` {
    static let hostile = Dictionary(uniqueKeysWithValues: [
        WebBench.file(
            "1.0.0", "bad",
            up:
                "SELECT '<script>alert(1)</script>';\nSELECT no_such_thing('<img src=x onerror=alert(2)>');",
            down: "SELECT '\"><script>alert(3)</script>';")
    ])

    @Test func `W4: SQL and server messages are shown as text`() async throws {
        let bench = try WebBench(Self.hostile)
        let plan = try await bench.get("/admin/migrations/plan")
        #expect(plan.body.contains("&lt;script&gt;"))
        let fields = try await bench.form("/admin/migrations/plan")
        _ = try await bench.post("/admin/migrations/runs", fields)
        try await bench.settled()
        for path in [
            "", "/plan", "/runs", "/runs/1", "/migrations/20250101_000000_1.0.0_bad", "/audit",
            "/health", "/versions", "/backups", "/graph",
        ] {
            let page = try await bench.get("/admin/migrations\(path)")
            expectNoCode(page.body, path)
        }
        let run = try await bench.get("/admin/migrations/runs/1")
        #expect(run.body.contains("failed"))
    }

    @Test func `W4: what comes with the address is shown as text`() async throws {
        let bench = try WebBench()
        for path in [
            "/plan?to=%3Cscript%3E", "/%3Cscript%3E", "/migrations/%3Cscript%3E",
            "?page=%22%3E%3Cscript%3E",
        ] {
            let page = try await bench.get("/admin/migrations\(path)")
            #expect(page.status >= 400, "\(path)")
            expectNoCode(page.body, path)
        }
    }

    @Test func `W4: names of people and releases are shown as text`() async throws {
        let catalogue = Catalogue(
            releases: [
                Release(
                    version: SemanticVersion(1, 0, 0), title: "<script>x</script>",
                    features: ["<b onclick=x>"])
            ],
            upgradePaths: UpgradePaths([SemanticVersion(1, 0, 0): [SemanticVersion(1, 1, 0)]]))
        let bench = try WebBench(catalogue: catalogue)
        try await bench.migrator.migrate()
        for path in ["", "/versions"] {
            let page = try await bench.get("/admin/migrations\(path)", as: "<script>me</script>")
            expectNoCode(page.body, path)
            #expect(page.body.contains("&lt;script&gt;me"))
        }
    }

    /// The only script is the page's own file, and no attribute holds code or style.
    private func expectNoCode(_ body: String, _ path: String) {
        let scripts = body.components(separatedBy: "<script").dropFirst()
        #expect(
            scripts.allSatisfy { $0.hasPrefix(" src=\"/admin/migrations/assets/apus-") }, "\(path)")
        #expect(body.firstMatch(of: /<[^>]*\son[a-z]+\s*=/) == nil, "\(path)")
        #expect(body.firstMatch(of: /<[^>]*\sstyle\s*=/) == nil, "\(path)")
        #expect(!body.contains("<img"), "\(path)")
        #expect(!body.contains("<b onclick"), "\(path)")
    }

    @Test func `W4: streams, differences and notices show what others wrote as text`()
        async throws
    {
        let bench = try WebBench(Self.hostile)
        _ = try await bench.post(
            "/admin/migrations/runs", try await bench.form("/admin/migrations/plan"))
        try await bench.settled()
        let stream = try await bench.get("/admin/migrations/runs/1/events")
        #expect(stream.body.contains("event: state"))
        expectNoCode(stream.body, "the stream of the page")
        let edited = try WebBench(
            Dictionary(uniqueKeysWithValues: [
                WebBench.file(
                    "1.0.0", "bad", up: "SELECT '<script>alert(1)</script>';", down: "SELECT 1;")
            ]))
        try await edited.migrator.migrate()
        let id = "20250101_000000_1.0.0_bad"
        try WebBench.file(
            "1.0.0", "bad", up: "SELECT '<img src=x onerror=alert(2)>';", down: "SELECT 1;"
        ).1.write(
            toFile: "\(edited.folder)/migrations/\(id).sql", atomically: true, encoding: .utf8)
        let difference = try await edited.get("/admin/migrations/migrations/\(id)")
        #expect(difference.body.contains("What was edited after it ran"))
        expectNoCode(difference.body, "the difference")
        let hostile = Diagnostics([Diagnostic(.cannotConnect, "<script>alert(4)</script>")])
        var sight = try await edited.administration.site.states.current()
        sight.failure = hostile
        struct Page { var notices: [Notice] }
        let notice = Templates.library.text(Page(notices: Notice.old(sight)), of: "notice")
        #expect(notice.contains("&lt;script&gt;alert(4)"))
        expectNoCode(notice, "a notice")
    }
}
