import ApusCore
import ApusEngine
import Foundation
import Testing

@testable import ApusWeb

@Suite struct `Graph` {
    /// A chain of versions 1.0.0, 1.0.1, …, and more files.
    private func bench(_ count: Int, _ more: (String, String)...) throws -> WebBench {
        let chain = (0..<count).map {
            WebBench.file("1.0.\($0)", "step_\($0)", up: "SELECT \($0);", down: "SELECT 1;")
        }
        return try WebBench(Dictionary(uniqueKeysWithValues: chain + more))
    }

    private var aside: (String, String) {
        let (name, text) = WebBench.file("2.0.0", "aside", up: "SELECT 2;", down: "SELECT 1;")
        return (name, "-- apus: depends-on 1.0.1/step_1\n" + text)
    }

    @Test func `the page shows a picture, what is applied as one, and a table`() async throws {
        let bench = try bench(5, aside)
        try await bench.migrator.migrate(to: SemanticVersion(1, 0, 3))
        let page = try await bench.get("/admin/migrations/graph")
        #expect(page.status == 200)
        #expect(page.body.contains("6 migrations in 5 layers: 4 applied, 2 pending."))
        // 1.0.3 is the last one, and 1.0.4 needs it.
        #expect(page.body.contains("Each of the 3 applied ones"))
        #expect(page.body.contains("3 applied, 1.0.0 to 1.0.2"))
        #expect(page.body.contains("2.0.0 aside (pending) needs 1.0.1 step_1."))
        #expect(page.body.components(separatedBy: "<svg class=\"picture graph\"").count == 3)
        #expect(page.body.contains("id=\"whole-desc\""))
        #expect(page.body.contains("declared with depends-on"))
        #expect(page.body.contains("declares nothing: after all before it"))
    }

    @Test func `where nothing is drawn as one there is one picture`() async throws {
        let page = try await bench(2).get("/admin/migrations/graph")
        #expect(page.body.components(separatedBy: "<svg class=\"picture graph\"").count == 2)
        #expect(!page.body.contains("<details>"))
    }

    @Test func `an empty folder is told, not drawn`() async throws {
        let page = try await WebBench([:]).get("/admin/migrations/graph")
        #expect(page.status == 200)
        #expect(page.body.contains("There are no migrations yet."))
    }

    @Test func `a thousand pending ones are no picture on a page`() async throws {
        let page = try await bench(1_000).get("/admin/migrations/graph")
        #expect(page.body.contains("apus graph --format svg"))
        #expect(page.body.contains("500 more"))
        #expect(!page.body.contains("<svg class=\"picture graph\""))
    }

    @Test func `the API names layers and direct needs`() async throws {
        let bench = try bench(2, aside)
        try await bench.migrator.migrate(to: SemanticVersion(1, 0, 0))
        let answer = try await bench.get("/api/graph")
        #expect(answer.status == 200)
        #expect(answer.json["layers"] as? Int == 3)
        let migrations = try #require(answer.json["migrations"] as? [[String: Any]])
        #expect(migrations.map { $0["name"] as? String } == ["step_0", "step_1", "aside"])
        #expect(migrations.map { $0["status"] as? String } == ["applied", "pending", "pending"])
        #expect(migrations.map { $0["declares"] as? Bool } == [false, false, true])
        let ids = migrations.map { $0["id"] as? String }
        #expect(migrations[2]["needs"] as? [String?] == [ids[1]])
        #expect(migrations[2]["depends_on"] as? [String?] == [ids[1]])
        #expect(migrations[1]["depends_on"] == nil)
    }

    @Test func `a file of its own brings its colours, light and dark`() async throws {
        let bench = try bench(1)
        let survey = try DependencySurvey(try await bench.migrator.state())
        let text = GraphPicture(survey, survey.layered(whole: true)).document
        #expect(text.contains("@media (prefers-color-scheme: dark)"))
        #expect(text.contains("--good: #1d6b42") && text.contains("--good: #79cf9c"))
    }
}
