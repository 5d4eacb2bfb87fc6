import ApusCore
import ApusEngine
import ApusSQLite
import Foundation
import HTTPTypes
import Testing

@testable import ApusWeb

/// What the pages say in each state.
@Suite struct `Pages` {
    @Test func `without history, an overview says how to begin`() async throws {
        let page = try await WebBench([:]).get("/admin/migrations")
        #expect(page.status == 200)
        #expect(page.body.contains("There are no migrations yet"))
    }

    @Test func `every page of the navigation is there, and none leads to nothing`() async throws {
        let bench = try WebBench()
        try await bench.migrator.migrate(to: SemanticVersion(1, 0, 0))
        var seen: Set<String> = []
        var next = ["/admin/migrations"]
        while let path = next.popLast() {
            guard seen.insert(path).inserted else { continue }
            let page = try await bench.get(path)
            #expect(page.status < 400, "\(path)")
            guard page.headers[.contentType]?.hasPrefix("text/html") == true else { continue }
            for link in page.body.matches(of: /(?:href|src)="([^"#]*)"/) {
                next.append(String(link.1).replacing("&amp;", with: "&"))
            }
        }
        #expect(seen.count > 12)
        #expect(seen.allSatisfy { $0.hasPrefix("/admin/migrations") })
    }

    @Test func `a page with a thousand migrations, its style and its script stay under 100 KB`()
        async throws
    {
        let files = (1...1000).map {
            WebBench.file("1.0.\($0)", "step_\($0)", up: "SELECT \($0);", down: "SELECT 1;")
        }
        let bench = try WebBench(Dictionary(uniqueKeysWithValues: files))
        let page = try await bench.get("/admin/migrations")
        let weight = page.body.utf8.count + Assets.all.map(\.bytes.count).reduce(0, +)
        #expect(page.body.contains("1 to 50 of 1000"))
        #expect(weight < 100_000)
    }

    @Test
    func `the page of a plan shows what its statements will lock, where the host predicts it`()
        async throws
    {
        let bench = try WebBench { configuration in
            configuration.plannedLocks = LockPreview { plan, _, product, _ in
                plan.steps.map { ["\(product.prefix(6)) locks <\($0.id.name)>: SHARE"] }
            }
        }
        let page = try await bench.get("/admin/migrations/plan")
        #expect(page.status == 200)
        #expect(page.body.contains("<li>SQLite locks &lt;trips&gt;: SHARE</li>"))
        #expect(page.body.contains("<li>SQLite locks &lt;notes&gt;: SHARE</li>"))
        let plan = try await bench.call("/api/plans", "{}").json
        let steps = try #require(plan["steps"] as? [[String: Any]])
        #expect(
            steps.map { $0["locks"] as? [String] } == [
                ["SQLite locks <trips>: SHARE"], ["SQLite locks <notes>: SHARE"],
            ])
        let bare = try WebBench()
        let without = try await bare.get("/admin/migrations/plan")
        #expect(without.status == 200 && !without.body.contains("locks "))
        let unpredicted = try await bare.call("/api/plans", "{}").json
        #expect((unpredicted["steps"] as? [[String: Any]])?.first?["locks"] == nil)
    }

    @Test func `an edited file is shown with its difference`() async throws {
        let bench = try WebBench()
        try await bench.migrator.migrate()
        let name = try #require(WebBench.two.keys.first { $0.contains("notes") })
        let path = "\(bench.folder)/migrations/\(name)"
        try WebBench.two[name]!.replacing("note text", with: "note varchar").write(
            toFile: path, atomically: true, encoding: .utf8)
        let overview = try await bench.get("/admin/migrations")
        #expect(overview.body.contains("edited"))
        let page = try await bench.get(
            "/admin/migrations/migrations/\(name.replacing(".sql", with: ""))")
        #expect(page.body.contains("What was edited after it ran"))
        #expect(page.body.contains("ALTER TABLE trips ADD COLUMN note text;"))
        #expect(page.body.contains("ALTER TABLE trips ADD COLUMN note varchar;"))
    }

    @Test func `with the database gone, the page answers with the last known state and its time`()
        async throws
    {
        let bench = try WebBench()
        try await bench.migrator.migrate()
        #expect(try await bench.get("/admin/migrations").status == 200)
        try bench.breakDatabase()
        await bench.administration.site.states.forget()
        let page = try await bench.get("/admin/migrations")
        #expect(page.status == 200)
        #expect(page.body.contains("cannot be reached"))
        #expect(page.body.contains("when it was last seen"))
        #expect(page.body.contains("1.1.0"))
        #expect(!page.body.contains("Review and run"))
    }

    @Test func `a timeline shows where the database is, in words as well`() async throws {
        let bench = try WebBench()
        try await bench.migrator.migrate(to: SemanticVersion(1, 0, 0))
        let state = try await bench.migrator.state()
        let timeline = Timeline(
            state, Catalogue(roadmap: [RoadmapEntry(version: SemanticVersion(2, 0, 0))]))
        #expect(timeline.points.map(\.kind) == [.current, .pending, .planned])
        #expect(timeline.svg.contains("1.0.0 the database is here, 1.1.0 pending, 2.0.0 planned."))
    }

    @Test func `SQL is shown with the numbers of its lines`() {
        let text = "-- note\nSELECT 'a\nb' FROM x;\n"
        let source = MigrationSource(path: "x.sql", bytes: Array(text.utf8))
        let markup = SQLMarkup(source, 0..<source.count, line: 7, dialect: .sqlite)
        #expect(markup.lines.map(\.number) == [7, 8, 9])
        #expect(
            markup.lines.map(\.html) == [
                "<span class=\"note\">-- note</span>",
                "<span class=\"key\">SELECT</span> <span class=\"text\">&#39;a</span>",
                "<span class=\"text\">b&#39;</span> <span class=\"key\">FROM</span> x;",
            ])
    }

    @Test func `a difference keeps three lines around each change`() {
        let old = (1...12).map(String.init).joined(separator: "\n")
        let new = old.replacing("\n6\n", with: "\nsix\n")
        let lines = TextDifference.lines(from: old, to: new)
        #expect(lines.map(\.text) == ["", "3", "4", "5", "6", "six", "7", "8", "9", ""])
        #expect(lines.map(\.style) == ["", "", "", "", "gone", "new", "", "", "", ""])
        #expect(TextDifference.lines(from: old, to: old).isEmpty)
    }

    @Test func `the theme is kept in a cookie, and only the three there are`() async throws {
        let bench = try WebBench()
        let answer = try await bench.post(
            "/admin/migrations/theme", ["theme": "dark", "return": "/admin/migrations/runs"],
            as: nil)
        #expect(answer.status == 303)
        #expect(answer.headers[.location] == "/admin/migrations/runs")
        #expect(answer.headers[.setCookie]?.contains("apus-theme=dark") == true)
        let page = try await bench.get("/admin/migrations", headers: [.cookie: "apus-theme=dark"])
        #expect(page.body.contains("data-theme=\"dark\""))
        #expect(try await bench.post("/admin/migrations/theme", ["theme": "pink"]).status == 400)
    }
}
