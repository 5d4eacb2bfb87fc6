import ApusCore
import ApusEngine
import Testing

extension ConformanceBench {
    /// A column that no table has: both engines say where it stands.
    private var failingStatement: String { "SELECT 'ä', no_such_column" }

    func failureLeavesNothing() async throws {
        let kept = try things()
        let failing = try migration(
            "1.1.0",
            up: """
                CREATE TABLE extras (id integer);
                INSERT INTO things VALUES (3);
                \(failingStatement);
                """)
        try await withRun { session, run in
            try await succeed(kept.upStep(), session, run)
            let outcome = try await perform(failing.upStep(), session, run)
            #expect(outcome.failure?.effect == .unchanged)
            #expect(outcome.failure?.error.code == .statementFailed)
            // The session goes on to work.
            try await succeed(
                try migration("1.2.0", up: "CREATE TABLE later (id integer);").upStep(), session,
                run)
        }
        let history = try await history()
        #expect(history.applied.map(\.id.version.description) == ["1.0.0", "1.2.0"])
        #expect(history.unfinished.isEmpty)
        try await expectTable("extras", isThere: false)
        try await expectTable("later", isThere: true)
        try await expect("SELECT count(*) FROM things", gives: "2")
    }

    func failureIsLocated() async throws {
        let failing = try migration(
            "1.0.0",
            up: "CREATE TABLE things (id integer);\n\n  -- ü\n  \(failingStatement);\nSELECT 1;")
        try await withRun { session, run in
            let failure = try #require(try await perform(failing.upStep(), session, run).failure)
            #expect(failure.statementIndex == 1)
            #expect(failure.statement?.line == 6)
            #expect(failure.statement?.column == 3)
            #expect(failure.statement.map { failing.source.text($0.range) } == failingStatement)
            #expect(failure.error.position == 13)
            #expect(failure.error.sqlState != nil)
            #expect(failure.error.message.contains("no_such_column"))
        }
    }

    func failedDownKeepsTheMigration() async throws {
        let migration = try migration(
            "1.0.0", up: "CREATE TABLE things (id integer);",
            down: "DROP TABLE things;\n\(failingStatement);")
        try await withRun { session, run in
            try await succeed(migration.upStep(), session, run)
            let failure = try #require(
                try await perform(try migration.downStep(), session, run).failure)
            #expect(failure.effect == .unchanged)
            #expect(failure.statementIndex == 1)
        }
        #expect(try await history().applied.map(\.id) == [migration.id])
        try await expectTable("things", isThere: true)
    }

    /// What a COMMIT inside leaves is the driver's to say; that it is a failure is certain.
    func embeddedCommitFails() async throws {
        let text = "CREATE TABLE things (id integer);\nCOMMIT;\nCREATE TABLE more (id integer);\n"
        let source = MigrationSource(path: "unchecked.sql", bytes: Array(text.utf8))
        var step = try things().upStep()
        step.source = source
        step.script = Script(
            dialect: driver.engine, section: 0..<source.count, line: 1, statementCount: 3,
            transaction: .wrapped, meaning: Checksum(of: text))
        let unchecked = step
        try await withRun { session, run in
            let failure = try #require(try await perform(unchecked, session, run).failure)
            #expect(failure.statementIndex == 1)
            // The session goes on to work.
            try await succeed(
                try migration("1.2.0", up: "CREATE TABLE later (id integer);").upStep(), session,
                run)
        }
        #expect(try await history().applied.map(\.id.version.description) == ["1.2.0"])
        try await expectTable("more", isThere: false)
    }

    func cancellingEndsAStatement() async throws {
        let migration = try migration(
            "1.0.0", up: "CREATE TABLE things (id integer);\n\(scripts.longStatement);")
        let started = Recorder<Int>()
        try await withRun { session, run in
            let task = Task {
                try await session.perform(migration.upStep(), in: run, options: StepOptions()) {
                    if case .statementStarted(1, _) = $0 { started.record(1) }
                }
            }
            await started.waitForOne()
            task.cancel()
            let failure = try #require(try await task.value.failure)
            #expect(failure.error.code == .interrupted)
            #expect(failure.effect == .unchanged)
            try await succeed(try things("1.1.0").upStep(), session, run)
        }
        #expect(try await history().applied.map(\.id.version.description) == ["1.1.0"])
    }

    func timeoutEndsAStatement() async throws {
        let migration = try migration(
            "1.0.0", up: "CREATE TABLE things (id integer);\n\(scripts.longStatement);",
            directive: "statement-timeout 200ms")
        try await withRun { session, run in
            let failure = try #require(
                try await perform(migration.upStep(), session, run).failure)
            #expect(failure.error.code == .statementFailed)
            #expect(failure.statementIndex == 1)
            #expect(failure.effect == .unchanged)
        }
        #expect(try await history().applied.isEmpty)
        try await expectTable("things", isThere: false)
    }
}
