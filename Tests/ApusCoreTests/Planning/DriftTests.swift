import ApusCore
import Testing

@Suite struct DriftTests {
    private let users: Migration

    init() throws { users = try migration("1.0.0 users") }

    private func findings(_ file: Migration?) -> String {
        let history = Bench().applied(users).database.history
        return Drift.findings(migrations: file.map { [$0] } ?? [], history: history)
            .map { DiagnosticRenderer().render($0) }.joined(separator: "\n\n")
    }

    @Test func `F55 an edited comment is a notice`() throws {
        let edited = try migration("1.0.0 users", up: "-- why\nCREATE TABLE users (a int);")
        #expect(
            findings(edited) == """
                notice[comments-changed]: 1.0.0 users was edited after it was applied: comments or white space only
                  --> 20250101_000000_1.0.0_users.sql:1:1
                """)
        let plan = try Bench(edited).applied(users).plan(.latest)
        #expect(plan.warnings.map(\.code) == [.commentsChanged])
    }

    @Test func `F55 an edited statement is an error that shows the difference`() throws {
        let edited = try migration("1.0.0 users", up: "CREATE TABLE users (a int, b int);")
        #expect(
            findings(edited) == """
                error[applied-changed]: 1.0.0 users was edited after it was applied: statements of its up section differ
                 --> 20250101_000000_1.0.0_users.sql:2:1
                  |
                2 | CREATE TABLE users (a int, b int);
                  | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
                was: CREATE TABLE users (a int);
                applied: sha256 \(users.checksum.short)…
                file:    sha256 \(edited.checksum.short)…
                next:  put the file back as it was, and write the change as a new migration: apus create-migration VERSION NAME
                next:  or, where the database is what the file says now: apus repair accept 1.0.0/users
                """)
        #expect(
            Bench(edited).applied(users).steps(.latest).first?.hasPrefix("applied-changed: ")
                == true)
    }

    @Test func `F55 lines that were added or taken out at the end are shown`() throws {
        let longer = try migration("1.0.0 users", down: "DROP TABLE users;\nSELECT 1;")
        #expect(
            findings(longer).contains(
                "5 | SELECT 1;\n  | ^^^^^^^^^\nwas: (nothing: the file ended here)"))
        let history = Bench().applied(longer).database.history
        let finding = try #require(Drift.findings(migrations: [users], history: history).first)
        #expect(finding.location?.line == 5)
        #expect(finding.details.first == "was: SELECT 1;")
    }

    @Test func `F46 F47 line endings and a byte order mark are no drift and no difference`() throws
    {
        func saved(_ migration: Migration, up: String = "int") throws -> Migration {
            let text =
                "\u{FEFF}"
                + migration.source.text.replacing("\n", with: "\r\n")
                .replacing("int", with: up)
            return try MigrationParser(dialect: .postgres).parse(
                source: MigrationSource(path: migration.source.path, bytes: Array(text.utf8)),
                fileName: migration.id.fileName)
        }
        #expect(try findings(saved(users)) == "")
        #expect(try findings(saved(users, up: "text")).contains("2 | CREATE TABLE users (a text);"))
    }

    @Test func `F55 a vanished file is an error`() throws {
        #expect(
            findings(nil) == """
                error[applied-missing]: 1.0.0 users is applied, and its file is gone
                file: 20250101_000000_1.0.0_users.sql
                next:  apus create-initial writes missing files back from the history
                next:  if the database has it no more: apus repair mark-reverted 1.0.0/users
                """)
        #expect(Bench().applied(users).steps(.latest).count == 1)
    }

    @Test func `a baseline whose file never was has nothing to miss`() {
        var history = Bench().applied(users).database.history
        history.applied[0].text = nil
        history.applied[0].isBaseline = true
        #expect(Drift.findings(migrations: [], history: history) == [])
    }

    @Test func `drift in one file does not stop the rollback of another`() throws {
        let edited = try migration("1.0.0 users", up: "SELECT 1;")
        let index = try migration("1.1.0 index", day: 2)
        #expect(Bench(edited).applied(users, index).steps(.undoLast(1)) == ["-1.1.0 index"])
    }
}
