import ApusCore
import ApusEngine
import Foundation
import Testing

@Suite struct CatalogueFileTests {
    @Test func `every key finds its place`() throws {
        let catalogue = try CatalogueFile.parse(complete, path: "versions.yaml")
        #expect(catalogue.applicationVersion == SemanticVersion(1, 0, 0))
        #expect(catalogue.minimumDatabase == SemanticVersion(1, 0, 0))
        #expect(catalogue.database == SemanticVersion(1, 1, 0))
        #expect(
            catalogue.releases == [
                Release(
                    version: SemanticVersion(1, 0, 0), date: CalendarDate("2025-01-15"),
                    title: "Initial release", database: SemanticVersion(1, 0, 0), line: 19),
                Release(
                    version: SemanticVersion(1, 1, 0), date: CalendarDate("2025-02-01"),
                    title: "Performance: indexes", features: ["Faster lists", "Faster search"],
                    database: SemanticVersion(1, 1, 0),
                    breakingChanges: ["The view guest_list is gone"],
                    upgradeNotes: ["Writes wait while indexes are built"],
                    minimumApplication: SemanticVersion(1, 0, 0), isRequiredStop: true, line: 5),
            ])
        #expect(
            catalogue.upgradePaths
                == UpgradePaths([
                    SemanticVersion(1, 0, 0): [SemanticVersion(1, 1, 0), SemanticVersion(1, 2, 0)],
                    SemanticVersion(1, 1, 0): [],
                ]))
        #expect(
            catalogue.roadmap == [
                RoadmapEntry(
                    version: SemanticVersion(1, 2, 0), title: "Languages", features: ["German"])
            ])
    }

    @Test(arguments: ["", "\n", "# nothing yet\n", "---\n", "~", "releases:\nroadmap:\n", "{}"])
    func `a file that declares nothing is an empty catalogue`(text: String) throws {
        #expect(try CatalogueFile.parse(text, path: "versions.yaml") == .empty)
    }

    @Test func `the example's catalogue is valid`() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..")
        let file = root.appending(path: "Examples/GuestRegistration/versions.yaml")
        let text = try String(contentsOf: file, encoding: .utf8)
        #expect(try CatalogueFile.parse(text, path: "versions.yaml").releases.count >= 2)
    }

    @Test(arguments: ["\u{FEFF}database: 1.0\r\n", "\r\ndatabase: 1.0", "# é🦉\n\n  database: 1.0"])
    func `places are right behind a byte order mark, CRLF and any script`(text: String) throws {
        let problem = try #require(problems(text).first)
        #expect(marked(problem) == "1.0")
    }

    @Test(arguments: [
        // Keys
        Problem(
            "relases: []", "1:1 the catalogue has no `relases`", "did you mean `releases`?",
            marks: "relases"),
        Problem("frobnicate: 1", "1:1 the catalogue has no `frobnicate`", nil, marks: "frobnicate"),
        Problem(
            "application: {version: 1.0.0, minimum_databse: 1.0.0}",
            "1:31 application has no `minimum_databse`", "did you mean `minimum_database`?",
            marks: "minimum_databse"),
        Problem(
            "releases:\n  - version: 1.0.0\n    feature: [a]", "3:5 a release has no `feature`",
            "did you mean `features`?", marks: "feature"),
        Problem(
            "roadmap: [{version: 1.0.0, titel: a}]", "1:28 a roadmap entry has no `titel`",
            "did you mean `title`?", marks: "titel"),
        Problem("[a]: 1", "1:1 the catalogue has a list for a key", nil, marks: "["),
        // Types
        Problem(
            "- 1.0.0", "1:1 the catalogue must be a map, not a list", "write `key: value`",
            marks: "-"),
        Problem(
            "hello", "1:1 the catalogue must be a map, not `hello`", "write `key: value`",
            marks: "hello"),
        Problem(
            "application: 1.0.0", "1:14 application must be a map, not `1.0.0`",
            "write `key: value`", marks: "1.0.0"),
        Problem(
            "releases: {version: 1.0.0}", "1:11 releases must be a list, not a map", nil, marks: "{"
        ),
        Problem(
            "upgrade_paths:\n  1.0.0: 1.1.0", "2:10 an upgrade path must be a list, not `1.1.0`",
            "write [1.1.0], or one `- ` item a line", marks: "1.1.0"),
        Problem(
            "upgrade_paths: [1.0.0]", "1:16 upgrade_paths must be a map, not a list",
            "write `key: value`", marks: "["),
        Problem(
            release("features: \"Faster lists\""),
            "3:15 features must be a list, not `Faster lists`",
            "write [Faster lists], or one `- ` item a line", marks: "\"Faster lists\""),
        Problem(
            release("features: [Guests: a list]"),
            "3:16 an item of features must be a text, not a map",
            "put a text that holds `: ` in quotes", marks: "G"),
        Problem(
            release("title: [a]"), "3:12 a release's title must be a text, not a list", nil,
            marks: "["),
        Problem(
            release("required_stop: maybe"),
            "3:20 required_stop must be true or false, not `maybe`", nil, marks: "maybe"),
        Problem(
            release("required_stop: 'true'"),
            "3:20 required_stop must be true or false, not `true`", nil, marks: "'true'"),
        // Versions
        Problem(
            "database: 1.0", "1:11 database: `1.0` is a number, not a semantic version",
            "write 1.0.0: a version has three numbers", marks: "1.0"),
        Problem(
            "database: '1.0'", "1:11 database: `1.0` is not a semantic version",
            "write 1.0.0: a version has three numbers", marks: "'1.0'"),
        Problem(
            "application: {version: v1.0.0}",
            "1:24 the application's version: `v1.0.0` is not a semantic version",
            "write 1.0.0, without the v", marks: "v1.0.0"),
        Problem(
            "database: [1.0.0]", "1:11 database must be a version, not a list", nil, marks: "["),
        Problem(
            "upgrade_paths: {1.0: []}",
            "1:17 upgrade_paths: `1.0` is a number, not a semantic version",
            "write 1.0.0: a version has three numbers", marks: "1.0"),
        Problem(
            "upgrade_paths: {1.0.0: [~]}", "1:25 upgrade_paths must be a version, not nothing", nil,
            marks: "~"),
        Problem(
            "releases:\n  - title: a", "2:5 a release needs a version", "write `version: 1.0.0`",
            marks: "t"),
        Problem(
            "roadmap: [{}]", "1:11 a roadmap entry needs a version", "write `version: 1.0.0`",
            marks: "{"),
        // Dates
        Problem(
            release("date: 2025-02-30"), "3:11 `2025-02-30` is not a date",
            "write a day that exists as year-month-day, such as 2025-01-15", marks: "2025-02-30"),
        Problem(
            release("date: 15 Jan 2025"), "3:11 `15 Jan 2025` is not a date",
            "write a day that exists as year-month-day, such as 2025-01-15", marks: "15 Jan 2025"),
        // What must hold between values
        Problem(
            "application: {minimum_database: 1.2.0}\ndatabase: 1.1.0",
            "1:33 minimum_database 1.2.0 is above database 1.1.0", nil, marks: "1.2.0"),
        Problem(
            "database: 1.0.0\nreleases: [{version: 1.1.0, database: 1.1.0}]",
            "2:39 the release's database 1.1.0 is above database 1.0.0",
            "raise the catalogue's `database`, or move the release to `roadmap`", marks: "1.1.0"),
        Problem(
            "releases:\n- version: 1.0.0\n- version: 1.0.0+b",
            "3:12 release 1.0.0+b is described twice",
            nil, marks: "1.0.0+b", details: ["the first description is on line 2"]),
        Problem(
            "releases: [version: 1.0.0]\nroadmap: [version: 1.0.0]",
            "2:20 1.0.0 is on the roadmap and also released", nil, marks: "1.0.0",
            details: ["the release is on line 1"]),
        Problem(
            "roadmap: [version: 1.0.0, version: 1.0.0]", "1:36 1.0.0 is on the roadmap twice", nil,
            marks: "1.0.0"),
        Problem(
            "upgrade_paths: {1.0.0: [1.0.0]}", "1:25 an upgrade path leads from 1.0.0 to itself",
            nil, marks: "1.0.0"),
        Problem(
            "upgrade_paths: {1.1.0: [1.0.0]}",
            "1:25 an upgrade path leads down from 1.1.0 to 1.0.0",
            "the way down is a rollback, which needs no path", marks: "1.0.0"),
        Problem(
            "upgrade_paths: {1.0.0: [1.1.0, 1.1.0]}",
            "1:32 the upgrade path from 1.0.0 to 1.1.0 is written twice", nil, marks: "1.1.0"),
        Problem(
            "upgrade_paths: {1.0.0: [], 1.0.0+b: []}", "1:28 upgrade_paths mentions 1.0.0+b twice",
            nil, marks: "1.0.0+b"),
        // YAML itself
        Problem(
            "releases: [a", "2:1 not YAML: did not find expected ',' or ']'", nil, marks: "",
            details: ["while parsing a flow sequence, which begins at versions.yaml:1:11"]),
        Problem(
            "database: 1.0.0\ndatabase: 1.1.0", "1:1 `database` is written twice in the same map",
            nil, marks: "database"),
        Problem("database: *gone", "1:11 not YAML: found undefined alias", nil, marks: "*"),
        Problem(
            "a: 1\n\tb: 2", "2:1 not YAML: found a tab character that violates indentation", nil,
            marks: "\t"),
        Problem(
            "a: é\nb: \u{0}", "2:4 not YAML: control characters are not allowed", nil, marks: "\0"),
        Problem("--- {}\n--- {}", "2:1 not YAML: but found another document", nil, marks: "-"),
    ])
    func `a problem is named with its place`(row: Problem) throws {
        let found = problems(row.text)
        #expect(found.count == 1)
        let problem = try #require(found.first)
        let location = try #require(problem.location)
        #expect(problem.code == .catalogueInvalid)
        #expect(location.file == "versions.yaml")
        #expect("\(location.line):\(location.column) \(problem.message)" == row.message)
        #expect(problem.hint == row.hint)
        #expect(marked(problem) == row.marks)
        if let details = row.details { #expect(problem.details == details) }
    }

    @Test func `a value of several lines is marked in its first line only`() {
        let found = problems(release("date: soon\n      or later"))
        #expect(found.compactMap(\.excerpt?.length) == [4])
    }

    @Test func `all problems are found in one look, in the order of their lines`() {
        let text = """
            roadmap: [{version: 3}]
            upgrade_paths: {1.1.0: [1.0.0]}
            releases:
              - version: 1.0.0
                date: soon
                titel: a
            database: 1
            """
        #expect(problems(text).compactMap(\.location?.line) == [1, 2, 5, 6, 7])
    }
}

/// One row of the table: a text, and the one problem in it.
struct Problem: CustomTestStringConvertible {
    let text: String
    /// `line:column message`
    let message: String
    let hint: String?
    /// The part of the line above the caret.
    let marks: String
    let details: [String]?

    init(
        _ text: String, _ message: String, _ hint: String?, marks: String, details: [String]? = nil
    ) {
        self.text = text
        self.message = message
        self.hint = hint
        self.marks = marks
        self.details = details
    }

    var testDescription: String { message }
}

private func release(_ line: String) -> String {
    "releases:\n  - version: 1.0.0\n    \(line)"
}

private func problems(_ text: String) -> [Diagnostic] {
    do {
        _ = try CatalogueFile.parse(text, path: "versions.yaml")
        return []
    } catch {
        return error.all
    }
}

private func marked(_ diagnostic: Diagnostic) -> String? {
    diagnostic.excerpt.map { excerpt in
        let scalars = excerpt.text.unicodeScalars.dropFirst(excerpt.caret - 1)
        return String(scalars.prefix(excerpt.length))
    }
}

private let complete = """
    application:
      version: 1.0.0
      minimum_database: 1.0.0   # the lowest
    releases:
      - version: 1.1.0
        date: 2025-02-01
        title: "Performance: indexes"
        features:
          - Faster lists
          - Faster search
        database: 1.1.0
        minimum_application: 1.0.0
        required_stop: true
        breaking_changes: [The view guest_list is gone]
        upgrade_notes:
          - >-
            Writes wait while
            indexes are built
      - version: 1.0.0
        date: 2025-01-15
        title: Initial release
        features: []
        database: 1.0.0
        required_stop: false
    database: 1.1.0
    upgrade_paths:
      1.0.0: [1.1.0, 1.2.0]
      1.1.0:
    roadmap:
      - { version: 1.2.0, title: Languages, features: [German] }
    """
