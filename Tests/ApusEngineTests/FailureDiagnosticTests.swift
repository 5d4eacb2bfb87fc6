import ApusCore
import Testing

@testable import ApusEngine

/// Where and how the error of a database is shown.
@Suite struct FailureDiagnosticTests {
    private static let text = """
        -- Up Migration
        SELECT 1;

        UPDATE größe
        SET\tlocale = langauge, "b" = 2;
        -- Down Migration (Rollback)
        DROP TABLE t;

        """

    private func step(_ direction: Direction = .up, origin: Step.Origin = .file) throws -> Step {
        let name = "20250301_090000_1.2.0_languages.sql"
        let migration = try MigrationParser(dialect: .postgres).parse(
            source: MigrationSource(path: name, bytes: Array(Self.text.utf8)), fileName: name)
        return Step(
            id: migration.id, direction: direction, origin: origin,
            script: direction == .up ? migration.up : try #require(migration.down),
            source: migration.source)
    }

    private func report(
        _ error: DatabaseError, statement: Int? = 1, effect: StepFailure.Effect = .unchanged,
        _ direction: Direction = .up, origin: Step.Origin = .file, version: String? = "1.1.0"
    ) throws -> String {
        let step = try step(direction, origin: origin)
        let statement = statement.map { step.script.statements(in: step.source)[$0] }
        let failure = StepFailure(
            error: error, statementIndex: 1, statement: statement, effect: effect)
        let diagnostic = failure.diagnostic(
            of: step, version: version.flatMap { SemanticVersion($0) })
        return DiagnosticRenderer().render(diagnostic)
    }

    @Test func `the server's position becomes a place in the file`() throws {
        let error = DatabaseError(
            .statementFailed, "column \"langauge\" does not exist", sqlState: "42703",
            hint: "Perhaps you meant to reference the column \"guests.language\".", position: 27)
        #expect(
            try report(error) == """
                error[statement-failed]: column "langauge" does not exist (SQLSTATE 42703)
                 --> 20250301_090000_1.2.0_languages.sql:5:14
                  |
                5 | SET\tlocale = langauge, "b" = 2;
                  |    \t         ^^^^^^^^ did you mean "language"?
                state: rolled back. The database is still 1.1.0; nothing to repair.
                next:  mend the file and run `apus migrate` · `apus explain statement-failed`
                """)
    }

    @Test(arguments: [
        (1, "4:1", "UPDATE"), (8, "4:8", "größe"), (10, "4:10", "öße"), (35, "5:22", ","),
        (36, "5:23", " "), (37, "5:24", "\"b\""), (43, "5:30", "2"), (44, "5:31", ";"),
        (9999, "5:31", ";"), (0, "4:1", "UPDATE größe"), (-3, "4:1", "UPDATE größe"),
    ])
    func `a position counts Unicode scalars from 1`(position: Int, place: String, marked: String)
        throws
    {
        let step = try step()
        let statement = step.script.statements(in: step.source)[1]
        let failure = StepFailure(
            error: DatabaseError(.statementFailed, "no", position: position), statementIndex: 1,
            statement: statement, effect: .unchanged)
        let diagnostic = failure.diagnostic(of: step, version: nil)
        let location = try #require(diagnostic.location)
        let excerpt = try #require(diagnostic.excerpt)
        #expect("\(location.line):\(location.column)" == place)
        let scalars = excerpt.text.unicodeScalars.dropFirst(excerpt.caret - 1).prefix(
            excerpt.length)
        #expect(String(String.UnicodeScalarView(scalars)) == marked)
    }

    @Test func `without a position the statement's first line is marked`() throws {
        let error = DatabaseError(
            .statementFailed, "UNIQUE constraint failed", sqlState: "SQLITE_CONSTRAINT_UNIQUE",
            detail: "Key (a)=(1) already exists.", hint: "Try another.")
        #expect(
            try report(error, version: nil) == """
                error[statement-failed]: UNIQUE constraint failed (SQLITE_CONSTRAINT_UNIQUE)
                 --> 20250301_090000_1.2.0_languages.sql:4:1
                  |
                4 | UPDATE größe
                  | ^^^^^^^^^^^^
                Key (a)=(1) already exists.
                Try another.
                state: rolled back. The database is still empty; nothing to repair.
                next:  mend the file and run `apus migrate` · `apus explain statement-failed`
                """)
    }

    @Test func `a failure without a statement has no place`() throws {
        #expect(
            try report(DatabaseError(.commitFailed, "deferred check"), statement: nil) == """
                error[commit-failed]: deferred check
                state: rolled back. The database is still 1.1.0; nothing to repair.
                next:  mend the file and run `apus migrate` · `apus explain commit-failed`
                """)
    }

    @Test(arguments: [
        (
            DiagnosticCode.statementFailed, Direction.down, Step.Origin.stored,
            "correct the down section in the file and run `apus rollback 1.2.0 --down file` · `apus explain statement-failed`"
        ),
        (
            .statementFailed, .down, .file,
            "mend the file and run `apus rollback 1.2.0` · `apus explain statement-failed`"
        ),
        (.lockTimeout, .up, .file, "try again when the holder is gone: apus migrate"),
        (.lockTimeout, .down, .stored, "try again when the holder is gone: apus rollback 1.2.0"),
        (.interrupted, .up, .file, "go on: apus migrate"),
        (.insufficientPrivilege, .up, .file, "apus explain insufficient-privilege"),
    ])
    func `what to do next fits what was done`(
        code: DiagnosticCode, direction: Direction, origin: Step.Origin, help: String
    ) throws {
        let text = try report(DatabaseError(code, "no"), statement: nil, direction, origin: origin)
        #expect(text.split(separator: "\n").last == "next:  \(help)")
    }

    @Test func `what the driver advises goes first`() throws {
        let error = DatabaseError(.insufficientPrivilege, "no", help: ["GRANT ALL TO ana;"])
        #expect(try report(error, statement: nil).hasSuffix("\nnext:  GRANT ALL TO ana;"))
    }

    @Test func `F33 a step that stopped midway says what stays`() throws {
        let error = DatabaseError(
            .statementFailed, "no such column", sqlState: "42703", detail: "so")
        #expect(
            try report(error, effect: .partial(statementsDone: 1), version: "2.0.0-RC.1") == """
                error[partial-state]: 1.2.0 languages stopped midway: no such column (SQLSTATE 42703)
                 --> 20250301_090000_1.2.0_languages.sql:4:1
                  |
                4 | UPDATE größe
                  | ^^^^^^^^^^^^
                so
                state: partial. 1 of 2 statements of 1.2.0 languages are done and stay, because it runs without a transaction; the database is still 2.0.0-RC.1.
                next:  remove the cause and go on at the statement that failed: apus migrate
                next:  or take back what was done: apus rollback 1.2.0
                next:  or finish it by hand, and say so: apus repair mark-applied 1.2.0/languages
                """)
    }

    @Test func `F9 an interrupted step that stopped midway is interrupted, and says what stays`()
        throws
    {
        let text = try report(
            DatabaseError(.interrupted, "the migration was interrupted"),
            effect: .partial(statementsDone: 1))
        #expect(text.hasPrefix("error[interrupted]: 1.2.0 languages stopped midway"))
        #expect(text.contains("state: partial. 1 of 2 statements of 1.2.0 languages are done"))
    }

    @Test func `F12 a lost answer is called unknown`() throws {
        #expect(
            try report(
                DatabaseError(.commitUnknown, "the connection was lost"), statement: nil,
                effect: .unknown) == """
                    error[commit-unknown]: the connection was lost
                    state: unknown. The connection was lost and could not be had again to ask; the server decides alone, and the history will tell.
                    next:  look, once the server answers: apus status
                    """)
    }
}
