import ApusCore
import Testing

@testable import ApusCLI

@Suite struct ConsentTests {
    private func consent(
        isProduction: Bool = true, hasYes: Bool = false, confirmed: String? = nil,
        accepted: Set<SemanticVersion> = []
    ) -> Consent {
        Consent(
            isProduction: isProduction, databaseName: "guests", hasYes: hasYes,
            confirmed: confirmed, acceptedBreaking: accepted)
    }

    private func step(_ direction: Direction, _ sql: String) throws -> Step {
        let id = try #require(MigrationID("20250101_000000_1.0.0_first"))
        let text = "-- Up Migration\n\(sql);\n-- Down Migration\n\(sql);\n"
        let source = MigrationSource(path: id.fileName, bytes: Array(text.utf8))
        let migration = try MigrationParser(dialect: .sqlite).parse(
            source: source, fileName: id.fileName)
        return Step(
            id: id, direction: direction, origin: .file, script: migration.up, source: source)
    }

    @Test func `outside of production nothing has to be confirmed`() throws {
        let plan = Plan(
            goal: .latest, steps: [try step(.up, "CREATE TABLE a (b)")], from: nil,
            to: SemanticVersion(1, 0, 0))
        #expect(consent(isProduction: false).missing(for: plan).isEmpty)
    }

    @Test func `in production a change wants a yes, and an empty plan nothing`() throws {
        let plan = Plan(
            goal: .latest, steps: [try step(.up, "CREATE TABLE a (b)")], from: nil,
            to: SemanticVersion(1, 0, 0))
        #expect(consent().missing(for: plan) == [.yes])
        #expect(consent(hasYes: true).missing(for: plan).isEmpty)
        #expect(consent().missing(for: Plan(goal: .latest, from: nil, to: nil)).isEmpty)
    }

    @Test func `a baseline wants a yes even where it records no migration`() {
        let plan = Plan(goal: .baseline(SemanticVersion(0, 0, 0)), from: nil, to: nil)
        #expect(consent().missing(for: plan) == [.yes])
    }

    @Test func `a rollback that loses data wants the database's name`() throws {
        let plan = Plan(
            goal: .undoLast(1), steps: [try step(.down, "DROP TABLE a")],
            from: SemanticVersion(1, 0, 0), to: nil)
        #expect(consent(hasYes: true).missing(for: plan) == [.name])
        #expect(consent(hasYes: true, confirmed: "guests").missing(for: plan).isEmpty)
    }

    @Test func `breaking changes are accepted release by release`() throws {
        let plan = Plan(
            goal: .latest, steps: [try step(.up, "CREATE TABLE a (b)")],
            from: SemanticVersion(1, 0, 0), to: SemanticVersion(3, 0, 0),
            breakingChanges: [
                BreakingChange(version: SemanticVersion(2, 0, 0), text: "one"),
                BreakingChange(version: SemanticVersion(3, 0, 0), text: "two"),
            ])
        let accepted = consent(hasYes: true, accepted: [SemanticVersion(2, 0, 0)])
        #expect(accepted.missing(for: plan) == [.breaking(SemanticVersion(3, 0, 0))])
    }
}
