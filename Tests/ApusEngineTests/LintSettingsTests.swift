import ApusCore
import ApusEngine
import Foundation
import Testing

@Suite struct LintSettingsTests {
    private let rules = ["drop-table-loses-data", "index-without-concurrently"]

    private func read(
        _ yaml: String, _ environment: String = "development"
    ) throws -> [String: RuleLevel] {
        let path = FileManager.default.temporaryDirectory
            .appending(path: "apus-\(UUID().uuidString).yaml").path
        try Data(yaml.utf8).write(to: URL(filePath: path))
        defer { try? FileManager.default.removeItem(atPath: path) }
        return try LintSettings.read(path: path, environment: environment, rules: rules).levels
    }

    private func problems(_ yaml: String) throws -> [String] {
        do {
            _ = try read(yaml)
            return []
        } catch let error as Diagnostics {
            return error.all.map { problem in
                "\(problem.location.map { "\($0.line) " } ?? "")\(problem.message)"
                    + (problem.hint.map { ", \($0)" } ?? "")
            }
        }
    }

    @Test(arguments: [
        "", "name: guests\n", "lint:\n", "lint: {}\n", "environments:\n  production:\n",
    ])
    func `without a section nothing is set`(yaml: String) throws {
        #expect(try read(yaml).isEmpty)
    }

    @Test func `an environment goes before what holds for all`() throws {
        let yaml = """
            lint:
              drop-table-loses-data: off
              index-without-concurrently: notice
            environments:
              production:
                lint:
                  drop-table-loses-data: error
            """
        #expect(
            try read(yaml) == [
                "drop-table-loses-data": .off, "index-without-concurrently": .notice,
            ])
        #expect(
            try read(yaml, "production")
                == ["drop-table-loses-data": .error, "index-without-concurrently": .notice])
    }

    @Test func `an unknown rule is refused with the nearest, in any environment`() throws {
        let found = try problems(
            "lint:\n  drop-table-looses-data: off\nenvironments:\n  other:\n    lint: {nonsense: off}\n"
        )
        #expect(
            found == [
                "2 lint: there is no rule `drop-table-looses-data`, did you mean `drop-table-loses-data`?",
                "5 environments.other.lint: there is no rule `nonsense`",
            ])
    }

    @Test func `a level is one of four`() throws {
        #expect(
            try problems("lint:\n  drop-table-loses-data: fatal\n") == [
                "2 lint.drop-table-loses-data is one of off, notice, warning, error"
            ])
        #expect(try problems("lint: [off]\n").count == 1)
    }
}
