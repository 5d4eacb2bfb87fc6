import ApusCore
import ApusSQLite
import Foundation
import SystemPackage
import Testing

@testable import ApusEngine

@Suite struct RehearsalTests {
    private let work: Workplace

    init() throws { work = try Workplace() }

    private func test(_ name: String, _ text: String) throws {
        let folder = work.path.appending("tests")
        try FileManager.default.createDirectory(
            atPath: folder.string, withIntermediateDirectories: true)
        try work.write(text, to: folder.appending(name))
    }

    private func rehearse(
        _ start: RehearsalStart = .nothing, to target: String? = nil,
        budget: RehearsalBudget = RehearsalBudget(),
        _ change: (inout Migrator) -> Void = { _ in }
    ) async throws(Diagnostics) -> RehearsalReport {
        let request = RehearsalRequest(
            target: target.map(version), start: start,
            tests: TestFolder(work.path.appending("tests"), dialect: .sqlite), budget: budget)
        return try await work.migratorWithBackups(change).rehearse(request)
    }

    private func refusalText(_ body: () async throws(Diagnostics) -> Void) async -> String {
        await report(body)
    }

    private var leftovers: [String] {
        FileFacts.names(in: work.path).filter { $0.contains("rehearsal") }
    }

    private func codes(_ report: RehearsalReport) -> [String] {
        report.findings.map { "\($0.severity.rawValue) \($0.code.rawValue)" }
    }

    // MARK: Passing

    @Test func `each migration goes up, down and up again, and nothing is left`() async throws {
        try work.migration("1.0.0 users")
        try work.migration("1.1.0 rooms")
        let report = try await rehearse()
        #expect(report.passed && report.findings.isEmpty)
        #expect(report.migrations.map(\.id.title) == ["1.0.0 users", "1.1.0 rooms"])
        for migration in report.migrations {
            #expect(migration.steps.map(\.phase) == [.up, .down, .upAgain])
            #expect(migration.afterDown?.isEmpty == true)
            #expect(migration.afterUpAgain?.isEmpty == true)
        }
        #expect(report.from == nil && report.to == version("1.1.0"))
        #expect(leftovers.isEmpty)
        #expect(!work.exists(work.database), "the database itself was made")
    }

    @Test func `a target ends the rehearsal there`() async throws {
        try work.migration("1.0.0 users")
        try work.migration("1.1.0 rooms")
        let report = try await rehearse(to: "1.0.0")
        #expect(report.migrations.map(\.id.title) == ["1.0.0 users"])
        let refusal = await refusalText { () throws(Diagnostics) in
            _ = try await rehearse(to: "9.0.0")
        }
        #expect(refusal.contains("error[version-unknown]"))
        #expect(leftovers.isEmpty)
    }

    @Test func `an irreversible migration is applied, and said to be so`() async throws {
        try work.migration("1.0.0 users", "irreversible the data are gone", down: "")
        let report = try await rehearse()
        #expect(report.passed)
        #expect(report.migrations[0].irreversibleReason == "the data are gone")
        #expect(report.migrations[0].steps.map(\.phase) == [.up])
        #expect(report.migrations[0].afterDown == nil)
    }

    @Test func `a backup is what the rehearsal begins with`() async throws {
        try work.migration(
            "1.0.0 users", up: "CREATE TABLE users (a); INSERT INTO users VALUES (1), (2);")
        try await work.migratorWithBackups().migrate()
        let backup = try await work.migratorWithBackups().backUp()
        try work.migration("1.1.0 rooms")
        for start in [RehearsalStart.latest, .backup(backup.name)] {
            let report = try await rehearse(start)
            #expect(report.passed)
            #expect(report.from == version("1.0.0"))
            #expect(report.migrations.map(\.id.title) == ["1.1.0 rooms"])
            #expect(report.migrations[0].tables == 1 && report.migrations[0].rows == 2)
        }
        #expect(try await work.applied() == ["1.0.0 users"])
        #expect(leftovers.isEmpty)
    }

    @Test func `a required stop does not end the rehearsal`() async throws {
        try work.migration("1.0.0 users")
        try work.migration("1.1.0 rooms")
        try work.migration("1.2.0 trips")
        try work.write(
            """
            releases:
              - {version: 1.0.0, database: 1.0.0}
              - {version: 1.1.0, database: 1.1.0, required_stop: true}
              - {version: 1.2.0, database: 1.2.0}
            upgrade_paths:
              1.0.0: [1.1.0]
              1.1.0: [1.2.0]

            """, to: work.path.appending("versions.yaml"))
        let catalogue = try CatalogueFile.read(work.path.appending("versions.yaml").string)
        _ = try await work.migratorWithBackups { $0.catalogue = catalogue }
            .migrate(to: version("1.0.0"))
        _ = try await work.migratorWithBackups().backUp()
        let report = try await rehearse(.latest) { $0.catalogue = catalogue }
        #expect(report.migrations.map(\.id.title) == ["1.1.0 rooms", "1.2.0 trips"])
        #expect(report.to == version("1.2.0"))
    }

    @Test(arguments: [
        (Duration.microseconds(340_600), "341 ms"), (.milliseconds(1996), "2 s"),
        (.milliseconds(2574), "2.57 s"), (.milliseconds(5040), "5.04 s"),
        (.seconds(312), "5 min 12 s"), (.seconds(600), "10 min"),
    ])
    func `durations in findings about budgets are rounded`(time: Duration, text: String) {
        #expect(time.inBudgetUnits == text)
    }

    // MARK: Findings

    @Test func `a down section that leaves something behind is found`() async throws {
        try work.migration(
            "1.0.0 users", up: "CREATE TABLE users (a); CREATE TABLE other (b);",
            down: "DROP TABLE users;")
        try work.migration("1.1.0 rooms")
        let report = try await rehearse()
        // Applying it again then meets what was left.
        #expect(codes(report) == ["error schema-not-restored", "error statement-failed"])
        #expect(report.migrations[0].afterDown?.added.map(\.name).contains("other") == true)
        #expect(report.notReached.map(\.title) == ["1.1.0 rooms"])
        #expect(leftovers.isEmpty)
    }

    @Test func `columns that come back in another order are a warning`() async throws {
        try work.migration(
            "1.0.0 users", up: "CREATE TABLE users (a, b, c);", down: "DROP TABLE users;")
        try work.migration(
            "1.1.0 less", up: "ALTER TABLE users DROP COLUMN a;",
            down: "ALTER TABLE users ADD COLUMN a;")
        let report = try await rehearse()
        #expect(codes(report) == ["warning schema-not-restored"])
        #expect(report.passed && report.migrations[1].afterDown?.isOfPositionsAlone == true)
    }

    @Test func `a migration that leaves another schema the second time is found`() async throws {
        try work.migration("1.0.0 mark", up: "CREATE TABLE mark (a);", down: "DROP TABLE mark;")
        try work.migration(
            "1.1.0 users", up: "CREATE TABLE IF NOT EXISTS users (a, b);",
            down: "DROP TABLE users; CREATE TABLE users (a);")
        let report = try await rehearse()
        #expect(codes(report) == ["error schema-not-restored", "error schema-not-repeated"])
        #expect(!report.passed && report.notReached.isEmpty)
    }

    @Test func `a statement that fails is told with its place, and ends the rehearsal`()
        async throws
    {
        try work.migration(
            "1.0.0 users", up: "CREATE TABLE users (a);\nINSERT INTO nobody VALUES (1);")
        try work.migration("1.1.0 rooms")
        let report = try await rehearse()
        #expect(codes(report) == ["error statement-failed"])
        let finding = try #require(report.findings.first)
        #expect(finding.location?.line == 3 && finding.state == nil)
        #expect(finding.message.hasPrefix("1.0.0 users, up: no such table: nobody"))
        #expect(report.notReached.map(\.title) == ["1.1.0 rooms"])
        #expect(leftovers.isEmpty)
    }

    @Test func `a down section that fails does not end the rehearsal`() async throws {
        try work.migration("1.0.0 users", down: "DROP TABLE nobody;")
        try work.migration("1.1.0 rooms")
        let report = try await rehearse()
        #expect(codes(report) == ["error statement-failed"])
        #expect(report.migrations.map(\.id.title) == ["1.0.0 users", "1.1.0 rooms"])
        #expect(report.notReached.isEmpty && !report.passed)
    }

    @Test func `data that do not come back are told by table and column, and fail nothing`()
        async throws
    {
        try work.migration(
            "1.0.0 users",
            up: "CREATE TABLE users (a, b); INSERT INTO users VALUES (1, 'x'), (2, 'y');",
            down: "DROP TABLE users;")
        try work.migration(
            "1.1.0 less", up: "ALTER TABLE users DROP COLUMN b;",
            down: "ALTER TABLE users ADD COLUMN b;")
        try work.migration("1.2.0 fewer", up: "DELETE FROM users WHERE a = 1;", down: "SELECT 1;")
        let report = try await rehearse()
        #expect(codes(report) == ["warning data-not-kept", "warning data-not-kept"])
        #expect(report.migrations[1].dataChanges == [.values("users", "b")])
        #expect(report.migrations[2].dataChanges == [.rows("users", before: 2, after: 1)])
        #expect(report.passed)
    }

    @Test func `a budget of time that is exceeded fails the rehearsal`() async throws {
        try work.migration("1.0.0 users")
        let report = try await rehearse(budget: RehearsalBudget(step: .zero))
        #expect(Set(codes(report)) == ["error budget-exceeded"] && !report.passed)
        let easy = try await rehearse(budget: RehearsalBudget(step: .seconds(600)))
        #expect(easy.passed)
    }

    @Test func `a budget of locks looks at those that were measured`() throws {
        let id = try #require(MigrationID("20250101_000000_1.0.0_users"))
        let budget = RehearsalBudget(lock: .milliseconds(200))
        var step = RehearsedStep(phase: .up, duration: .zero, statementsRun: 1, isDone: true)
        #expect(budget.findings(step, of: id).isEmpty)
        step.locks = [
            MeasuredLock(
                relation: "public.users", mode: .share, statement: 0, held: .milliseconds(200)),
            // Nobody's writes wait for it.
            MeasuredLock(
                relation: "public.users", mode: .rowExclusive, statement: 1, held: .seconds(9)),
            MeasuredLock(
                relation: "public.rooms", mode: .share, statement: 2, held: .milliseconds(350)),
            MeasuredLock(
                relation: "public.rooms", mode: .accessExclusive, statement: 3,
                held: .milliseconds(340)),
        ]
        #expect(
            budget.findings(step, of: id).map(\.message) == [
                "1.0.0 users, up: ACCESS EXCLUSIVE on public.rooms was held for 340 ms, and the budget is 200 ms"
            ])
    }

    // MARK: The user's tests

    @Test func `assertions are asked at the level of their version, behind their fixture`()
        async throws
    {
        try work.migration("1.0.0 users", up: "CREATE TABLE users (a);")
        try work.migration(
            "1.1.0 names", up: "ALTER TABLE users ADD COLUMN b;",
            down: "ALTER TABLE users DROP COLUMN b;")
        try test("1.0.0_a.sql", "-- Assert nobody\nSELECT * FROM users;\n")
        try test(
            "1.1.0_b.sql",
            """
            -- Fixture
            INSERT INTO users (a) VALUES (7);
            -- Assert the fixture is there
            SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM users WHERE a = 7);
            -- Assert there is a second column
            SELECT count(b) AS n FROM users HAVING n > 0;

            """)
        let report = try await rehearse()
        #expect(report.passed, "\(text(report.findings))")
        #expect(
            report.assertions.map { "\($0.version) \($0.name)" } == [
                "1.0.0 nobody", "1.1.0 the fixture is there", "1.1.0 there is a second column",
            ])
        // The fixture's row went through up, down and up again.
        #expect(report.migrations[1].rows == 1)
    }

    @Test func `an assertion that does not hold shows the first rows`() async throws {
        try work.migration(
            "1.0.0 users",
            up: "CREATE TABLE users (a, b); INSERT INTO users VALUES (1, NULL), (2, 'two');")
        try test("1.0.0_a.sql", "-- Assert nobody is there\nSELECT a, b FROM users ORDER BY a;\n")
        let report = try await rehearse()
        #expect(codes(report) == ["error assertion-failed"])
        #expect(
            text(report.findings) == """
                error[assertion-failed]: "nobody is there" does not hold at 1.0.0: 2 rows should not be there
                 --> \(work.path)/tests/1.0.0_a.sql:2:1
                  |
                2 | SELECT a, b FROM users ORDER BY a;
                  | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
                a | b
                1 | NULL
                2 | two
                next:  mend the migration, or the assertion, and rehearse again: apus test
                """)
        #expect(report.assertions[0].rows?.first == [["1", nil], ["2", "two"]])
    }

    @Test func `a query that writes, or cannot be asked, is no assertion that holds`()
        async throws
    {
        try work.migration("1.0.0 users", up: "CREATE TABLE users (a);")
        try test(
            "1.0.0_a.sql",
            """
            -- Assert it writes nothing
            DELETE FROM users;
            -- Assert it is SQL
            SELECT nothing FROM nowhere;

            """)
        let report = try await rehearse()
        #expect(codes(report) == ["error statement-failed", "error statement-failed"])
        #expect(report.findings.allSatisfy { $0.location != nil })
    }

    @Test func `a fixture that fails is told with its place`() async throws {
        try work.migration("1.0.0 users", up: "CREATE TABLE users (a);")
        try test("1.0.0_a.sql", "-- Fixture\nINSERT INTO users VALUES (1);\n")
        let report = try await rehearse()
        // It runs before the version's own migrations.
        #expect(codes(report) == ["error statement-failed"])
        #expect(report.findings[0].message.hasPrefix("the fixture of 1.0.0 failed: "))
        #expect(report.findings[0].location?.line == 2)
        #expect(report.notReached.map(\.title) == ["1.0.0 users"])
    }

    @Test func `a test of a version that nobody knows is refused`() async throws {
        try work.migration("1.0.0 users")
        try test("1.0.1_a.sql", "-- Assert a\nSELECT 1 WHERE 0;\n")
        let refusal = await refusalText { () throws(Diagnostics) in _ = try await rehearse() }
        #expect(refusal.contains("error[version-unknown]") && refusal.contains("1.0.1_a.sql:1:1"))
        #expect(refusal.contains("did you mean 1.0.0?"))
        #expect(leftovers.isEmpty)
    }

    // MARK: What cannot be rehearsed

    @Test func `without a backup there is nothing to begin with`() async throws {
        try work.migration("1.0.0 users")
        let refusal = await refusalText { () throws(Diagnostics) in
            _ = try await rehearse(.latest)
        }
        #expect(refusal.contains("error[backup-unknown]") && refusal.contains("apus backup"))
    }

    @Test func `a damaged backup is refused before anything is made`() async throws {
        try work.migration("1.0.0 users")
        try await work.migratorWithBackups().migrate()
        let backup = try await work.migratorWithBackups().backUp()
        var bytes = try work.bytes(FilePath(backup.path))
        bytes[bytes.count / 2] ^= 0xFF
        try work.write(bytes, to: FilePath(backup.path))
        let refusal = await refusalText { () throws(Diagnostics) in
            _ = try await rehearse(.backup(backup.name))
        }
        #expect(refusal.contains("error[backup-damaged]"))
        #expect(leftovers.isEmpty)
    }

    @Test func `what a dead rehearsal left is removed, and what a living one has is not`()
        async throws
    {
        try work.migration("1.0.0 users")
        let host = try work.driver.rehearsalHost(.beside)
        let living = try await host.make(.new(at: .now, by: "ana"), like: nil)
        var dead: (any EphemeralDatabase)? = try await host.make(
            .new(at: .now, by: "bob"), like: nil)
        #expect(dead != nil)
        dead = nil
        let report = try await rehearse()
        #expect(report.passed && report.cleared.count == 1)
        #expect(leftovers.filter { !$0.contains(".owner") }.count == 1)
        try await living.remove()
        #expect(leftovers.isEmpty)
    }

    // MARK: The gate

    private static let gate = RehearsalGate(maximumAge: .seconds(3600))

    @Test func `only what was rehearsed with a backup is run, and the way back with it`()
        async throws
    {
        try work.migration("1.0.0 users")
        try await work.migratorWithBackups().migrate()
        try work.migration("1.1.0 rooms")
        let gated = work.migratorWithBackups { $0.options.rehearsal = Self.gate }

        let outlook = try await gated.outlook(.latest)
        #expect(outlook.rehearsal == .closed(.neverRehearsed))
        let refusal = await refusalText { () throws(Diagnostics) in _ = try await gated.migrate() }
        #expect(refusal.hasPrefix("error[rehearsal-needed]: this plan has to be rehearsed"))
        #expect(try await rehearse().isRecorded == false)
        #expect(try await gated.outlook(.latest).rehearsal == .closed(.neverRehearsed))

        _ = try await gated.backUp()
        #expect(try await rehearse(.latest).isRecorded)
        #expect(try await gated.migrate().failure == nil)
        #expect(try await work.applied() == ["1.0.0 users", "1.1.0 rooms"])
        #expect(try await gated.rollback(version("1.1.0")).failure == nil)
        let below = await refusalText { () throws(Diagnostics) in
            _ = try await gated.rollback(version("1.0.0"))
        }
        #expect(below.contains("error[rehearsal-needed]"))

        // An hour later the backup is too old.
        let late = work.migratorWithBackups {
            $0.options.rehearsal = Self.gate
            $0.now = { Timestamp(microseconds: 1_736_937_000_000_000 + 3_601_000_000) }
        }
        let old = await refusalText { () throws(Diagnostics) in _ = try await late.migrate() }
        #expect(old.contains("which is 60 min old"), "\(old)")
    }

    @Test func `a changed file is another plan`() async throws {
        try work.migration("1.0.0 users")
        try await work.migratorWithBackups().migrate()
        _ = try await work.migratorWithBackups().backUp()
        try work.migration("1.1.0 rooms")
        _ = try await rehearse(.latest)
        try work.migration("1.1.0 rooms", up: "CREATE TABLE rooms (b INTEGER);")
        let gated = work.migratorWithBackups { $0.options.rehearsal = Self.gate }
        let refusal = await refusalText { () throws(Diagnostics) in _ = try await gated.migrate() }
        #expect(refusal.contains("error[rehearsal-needed]"))
    }

    @Test func `a rehearsal that did not pass opens nothing`() async throws {
        try work.migration("1.0.0 users")
        try await work.migratorWithBackups().migrate()
        _ = try await work.migratorWithBackups().backUp()
        try work.migration("1.1.0 rooms", down: "DROP TABLE nobody;")
        #expect(try await !rehearse(.latest).isRecorded)
        let gated = work.migratorWithBackups { $0.options.rehearsal = Self.gate }
        #expect(try await gated.outlook(.latest).rehearsal == .closed(.neverRehearsed))
    }

    @Test func `a new database needs no rehearsal`() async throws {
        try work.migration("1.0.0 users")
        let gated = work.migratorWithBackups { $0.options.rehearsal = Self.gate }
        #expect(try await gated.outlook(.latest).rehearsal == .unneeded)
        #expect(try await gated.migrate().failure == nil)
    }
}
