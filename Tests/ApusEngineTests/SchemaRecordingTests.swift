import ApusCore
import ApusEngine
import ApusSQLite
import ApusTesting
import SystemPackage
import Testing

/// What runs record of the schema, and what is said when it is not what they left.
@Suite struct SchemaRecordingTests {
    private let work: Workplace

    init() throws { work = try Workplace() }

    private func digests() async throws -> [Checksum?] {
        try await work.migrator().history().applied.map(\.schemaDigest)
    }

    private func live() async throws -> SchemaSnapshot { try await work.migrator().schema() }

    private func findings() async throws -> String {
        text(try await work.migrator().verify().findings)
    }

    // MARK: Recording

    @Test func `each migration of a short run keeps the digest of what it left`() async throws {
        try work.migration("1.0.0 a")
        try await work.migrator().migrate()
        let first = try await live().digest
        #expect(try await digests() == [first])

        try work.migration("1.1.0 b")
        try work.migration("1.2.0 c")
        try await work.migrator().migrate()
        let all = try await digests()
        #expect(all.count == 3 && !all.contains(nil) && Set(all).count == 3)
        #expect(all.first == first)
        #expect(try await all.last == live().digest)

        // What the second left is what a database has that goes so far.
        let other = try Workplace()
        try other.migration("1.0.0 a")
        try other.migration("1.1.0 b")
        try await other.migrator().migrate()
        #expect(try await all[1] == other.migrator().schema().digest)
    }

    @Test func `of a long run the last migration alone keeps one`() async throws {
        for number in 0...10 { try work.migration("1.0.\(number) t\(number)") }
        let report = try await work.migrator().migrate()
        #expect(report.outcomes.count == 11)
        let all = try await digests()
        #expect(all.dropLast().allSatisfy { $0 == nil })
        #expect(try await all.last == live().digest)
    }

    @Test func `a run that failed records what it left`() async throws {
        try work.migration("1.0.0 a")
        try work.migration("1.1.0 b", up: "CREATE TABLE b (a INTEGER); SELECT no_such_column;")
        let report = try await work.migrator().migrate()
        #expect(report.failure != nil)
        let now = try await live().digest
        #expect(try await digests() == [now])
        #expect(try await work.migrator().run(RunID(1)).schemaDigest == now)
        #expect(try await findings() == "")
    }

    @Test func `a migration that stopped midway left what is there, and it belongs to none`()
        async throws
    {
        try work.migration("1.0.0 a")
        try work.migration(
            "1.1.0 b", "no-transaction", up: "CREATE TABLE b (a INTEGER); SELECT no_such_column;")
        let report = try await work.migrator().migrate()
        #expect(report.failure?.code == .partialState)
        let now = try await live().digest
        #expect(try await work.migrator().run(RunID(1)).schemaDigest == now)
        #expect(try await digests().first != now)
    }

    @Test func `a baseline records the schema that it found`() async throws {
        try work.migration("1.0.0 a")
        try await work.perform("CREATE TABLE a (a INTEGER)")
        _ = try await work.migrator().run(.baseline(version("1.0.0")))
        #expect(try await digests() == [live().digest])
        #expect(try await findings() == "")
    }

    // MARK: Drift

    @Test func `what was changed by hand since the last run is named`() async throws {
        try work.migration("1.0.0 a")
        try await work.migrator().migrate()
        #expect(try await findings() == "")
        try await work.perform("ALTER TABLE a ADD COLUMN b TEXT; CREATE INDEX i ON a (b);")
        let verification = try await work.migrator().verify()
        #expect(verification.findings.map(\.code) == [.schemaDrift])
        #expect(verification.findings.first?.severity == .error)
        #expect(
            verification.findings.first?.details == [
                "+ column a.b: TEXT", "+ index i: CREATE INDEX i ON a (b)",
            ])
        #expect(verification.schema?.difference?.count == 2)
        #expect(verification.schema?.recorded == .left(by: RunID(1), try await digests()[0]!))
    }

    @Test func `the next run warns of it, records the schema as it is, and goes on`() async throws {
        try work.migration("1.0.0 a")
        try await work.migrator().migrate()
        try await work.perform("CREATE TABLE by_hand (x INTEGER)")
        try work.migration("1.1.0 b")
        let report = try await work.migrator().migrate()
        #expect(report.failure == nil)
        #expect(report.warnings.map(\.code) == [.schemaDrift])
        #expect(report.warnings.first?.severity == .warning)
        #expect(report.warnings.first?.details == ["+ table by_hand (1 column)"])
        #expect(try await findings() == "")
    }

    @Test func `status does not read the schema`() async throws {
        try work.migration("1.0.0 a")
        try await work.migrator().migrate()
        try await work.perform("CREATE TABLE by_hand (x INTEGER)")
        let state = try await work.migrator().state()
        #expect(!state.hasDrift)
    }

    /// A run that never ends, and what it did before.
    private func interruptedRun(
        _ body: (any DatabaseSession, RunID) async throws -> Void
    ) async throws {
        let session = try await work.driver.openSession()
        try await session.acquireLock(waitingAtMost: .zero) { _ in }
        let run = try await session.beginRun(
            RunStart(
                kind: .migrate, summary: "", planDigest: Checksum(of: ""), from: nil, to: nil,
                steps: 1, startedBy: "", applicationVersion: nil, toolVersion: ""))
        try await body(session, run)
        await session.close()
    }

    @Test func `an interrupted run without an effect hides nothing`() async throws {
        try work.migration("1.0.0 a")
        try await work.migrator().migrate()
        try await work.perform("CREATE TABLE by_hand (x INTEGER)")
        try await interruptedRun { _, _ in }
        #expect(try await work.migrator().verify().findings.map(\.code) == [.schemaDrift])
    }

    @Test func `one with an effect leaves nothing to compare with, and that is a warning`()
        async throws
    {
        try work.migration("1.0.0 a")
        try await work.migrator().migrate()
        try work.migration("1.0.1 z")
        let step = try await work.migrator().plan(.latest).steps[0]
        try await interruptedRun { session, run in
            let outcome = try await session.perform(step, in: run, options: StepOptions()) { _ in }
            #expect(outcome.failure == nil)
        }
        try await work.perform("CREATE TABLE by_hand (x INTEGER)")
        let verification = try await work.migrator().verify()
        #expect(verification.findings.map(\.code) == [.schemaUnrecorded])
        #expect(verification.findings.first?.severity == .warning)
        #expect(verification.schema?.difference == nil)
        try work.migration("1.1.0 b")
        // Once: the run records what it leaves, by hand or not.
        #expect(try await work.migrator().migrate().warnings.map(\.code) == [.schemaUnrecorded])
        #expect(try await findings() == "")
        try work.migration("1.2.0 c")
        #expect(try await work.migrator().migrate().warnings == [])
    }

    @Test func `a database without a history is compared with nothing`() async throws {
        try await work.perform("CREATE TABLE theirs (x INTEGER)")
        #expect(try await work.migrator().verify().schema == nil)
    }

    // MARK: Rolling back

    @Test func `a rollback that brings everything back says nothing`() async throws {
        try work.migration("1.0.0 a")
        try work.migration("1.1.0 b")
        try work.migration("1.2.0 c")
        try await work.migrator().migrate()
        #expect(try await work.migrator().run(.undoLast(2)).warnings == [])
        #expect(try await work.migrator().migrate().warnings == [])
        #expect(try await findings() == "")
    }

    @Test func `a rollback that leaves something names it`() async throws {
        try work.migration("1.0.0 a")
        try work.migration(
            "1.1.0 b", up: "CREATE TABLE b (a INTEGER); CREATE INDEX left_over ON a (a);",
            down: "DROP TABLE b;")
        try await work.migrator().migrate()
        let report = try await work.migrator().rollback(version("1.1.0"))
        #expect(report.failure == nil)
        #expect(report.warnings.map(\.code) == [.schemaNotRestored])
        #expect(
            report.warnings.first?.message
                == "the schema is not what 1.0.0 a left when it was applied: 1 difference")
        #expect(
            report.warnings.first?.details == ["+ index left_over: CREATE INDEX left_over ON a (a)"]
        )
        // It was the run itself that left it so: that is no drift.
        #expect(try await findings() == "")
    }

    @Test func `where the old schema is not kept any more, it is said without names`() async throws
    {
        try work.migration("1.0.0 a")
        try work.migration("1.1.0 b", down: "SELECT 1;")
        try work.migration("1.2.0 c")
        try work.migration("1.3.0 d")
        try await work.migrator().migrate()
        let report = try await work.migrator().run(.downTo(version("1.0.0")))
        #expect(report.warnings.map(\.code) == [.schemaNotRestored])
        #expect(report.warnings.first?.details == [])
    }

    @Test func `undoing something in the middle is compared with nothing`() async throws {
        try work.migration("1.0.0 a")
        try work.migration("1.1.0 b")
        try work.migration("1.2.0 c", "depends-on 1.0.0/a")
        try await work.migrator().migrate()
        let report = try await work.migrator().rollback(version("1.1.0"))
        #expect(report.warnings == [])
        #expect(try await digests().map { $0 == nil } == [false, true])
        // And going back further, past it, is compared again.
        #expect(try await work.migrator().rollback(version("1.2.0")).warnings == [])
    }

    // MARK: Comparing

    @Test func `two schemas are compared by their names`() async throws {
        try work.migration("1.0.0 a")
        try await work.migrator().migrate()
        let file = work.path.appending("before.json")
        try work.write(try await live().document, to: file)
        try await work.perform("CREATE TABLE by_hand (x INTEGER)")
        let migrator = work.migrator()
        let expected = ["+ table by_hand (1 column)"]
        #expect(try await migrator.schemaDifference().lines == expected)
        #expect(try await migrator.schemaDifference(from: .file(file)).lines == expected)
        #expect(
            try await migrator.schemaDifference(from: .live, to: .recorded).lines == [
                "- table by_hand (1 column)"
            ])
        #expect(try await migrator.schemaDifference(from: .file(file), to: .recorded).isEmpty)
        #expect(SchemaReference("live") == .live && SchemaReference("recorded") == .recorded)
        #expect(SchemaReference("\(file)") == .file(file))
        #expect(SchemaReference("20250101_run-1.dump") == .backup("20250101_run-1.dump"))
    }

    @Test func `the schema of a backup can be compared with`() async throws {
        try work.migration("1.0.0 a")
        try await work.migratorWithBackups().migrate()
        let backup = try await work.migratorWithBackups().backUp()
        try await work.perform("CREATE TABLE by_hand (x INTEGER)")
        let lines = try await work.migratorWithBackups().schemaDifference(
            from: .backup(backup.name)
        ).lines
        #expect(lines == ["+ table by_hand (1 column)"])
        let refusal = await report { () throws(Diagnostics) in
            _ = try await work.migratorWithBackups().schemaDifference(from: .backup("none.sqlite"))
        }
        #expect(refusal.hasPrefix("error[backup-unknown]"))
    }

    @Test func `what cannot be compared with is refused`() async throws {
        try work.migration("1.0.0 a")
        let none = await report { () throws(Diagnostics) in
            _ = try await work.migrator().schemaDifference()
        }
        #expect(none.hasPrefix("error[schema-unrecorded]: there is no recorded schema: no run has"))
        let file = work.path.appending("other.json")
        try work.write("{\"form\": 1}", to: file)
        let invalid = await report { () throws(Diagnostics) in
            _ = try await work.migrator().schemaDifference(from: .file(file))
        }
        #expect(invalid.hasPrefix("error[schema-document-invalid]"))
    }

    @Test func `a driver in memory records as the others do`() async throws {
        let driver = InMemoryDriver()
        let migrator = Migrator(driver: driver, folder: work.folder)
        try work.migration("1.0.0 a")
        try work.migration("1.1.0 b", down: "SELECT 1;")
        #expect(try await migrator.migrate().warnings == [])
        #expect(try await migrator.verify().findings == [])
        #expect(
            try await migrator.rollback(version("1.1.0")).warnings.map(\.code) == [
                .schemaNotRestored
            ])
    }
}
