import ApusCore
import Testing

@Suite struct NewMigrationTests {
    private let existing = ["20250101_000000_1.0.0_first", "20250102_000000_1.1.0_second"]
        .compactMap { MigrationID($0) }

    @Test(arguments: [
        ("add_new_table", "add_new_table"), ("Add New-Table", "add_new_table"),
        ("  a  --  b ", "a_b"), ("Größe", "größe"), ("v2.0", "v2.0"),
    ])
    func `a name is written in lower case with underscores`(typed: String, name: String) {
        #expect(NewMigration.name(from: typed) == name)
    }

    @Test(arguments: ["", " ", "a/b", "../x", "a;b", ".hidden", "a'b"])
    func `a name of other characters is refused`(typed: String) {
        #expect(NewMigration.name(from: typed) == nil)
    }

    private func decide(
        _ version: SemanticVersion, _ name: String, at timestamp: String = "20250301_090000",
        allowsOutOfOrder: Bool = false
    ) throws(Diagnostic) -> NewMigration {
        try NewMigration.decide(
            version, name: name, timestamp: timestamp, existing: existing,
            allowsOutOfOrder: allowsOutOfOrder)
    }

    @Test func `the highest version may have another migration`() throws {
        let new = try decide(SemanticVersion(1, 1, 0), "third")
        #expect(new.id.description == "20250301_090000_1.1.0_third")
        #expect(new.warning == nil)
    }

    @Test func `version and name together are there only once`() {
        let error = #expect(throws: Diagnostic.self) {
            try decide(SemanticVersion(1, 1, 0), "Second")
        }
        #expect(error?.code == .duplicateID)
    }

    @Test func `one that sorts before the last is refused, or warned about`() throws {
        let error = #expect(throws: Diagnostic.self) {
            try decide(SemanticVersion(1, 0, 5), "late")
        }
        #expect(error?.code == .lateMigration)
        let new = try decide(SemanticVersion(1, 0, 5), "late", allowsOutOfOrder: true)
        #expect(new.warning?.severity == .warning)
        #expect(throws: Diagnostic.self) {
            try decide(SemanticVersion(1, 1, 0), "early", at: "20250101_000000")
        }
    }

    @Test(arguments: DatabaseEngine.allCases)
    func `an unfilled template is refused for its empty sections alone`(dialect: DatabaseEngine)
        throws
    {
        let id = try decide(SemanticVersion(1, 2, 0), "next").id
        let text = MigrationTemplate.text(of: id, dialect: dialect)
        #expect(text.contains("-- Created: 2025-03-01T09:00:00\n"))
        let error = #expect(throws: Diagnostics.self) {
            try MigrationParser(dialect: dialect).parse(
                source: MigrationSource(path: id.fileName, bytes: Array(text.utf8)),
                fileName: id.fileName)
        }
        #expect(error?.all.map(\.code) == [.sectionEmpty, .sectionEmpty])
    }
}
