import ApusCore
import ApusEngine
import Testing

extension ConformanceBench {
    /// Three statements, of which the second fails until there is a table `needed`.
    func threeStatements() throws -> Migration {
        try migration(
            "1.0.0",
            up: """
                CREATE TABLE things (id integer);
                INSERT INTO needed VALUES (1);
                CREATE TABLE more (id integer);
                """,
            down: "DROP TABLE things;", directive: "no-transaction")
    }

    /// Leaves `threeStatements` unfinished behind its first statement.
    func stopMidway(_ session: D.Session, _ run: RunID) async throws -> StepFailure {
        let outcome = try await perform(try threeStatements().upStep(), session, run)
        return try #require(outcome.failure)
    }

    func sequentialStepIsRecorded() async throws {
        let migration = try migration(
            "1.0.0", up: "CREATE TABLE things (id integer);\nINSERT INTO things VALUES (1);",
            directive: "no-transaction")
        let run = try await withRun { session, run in
            let outcome = try await perform(migration.upStep(), session, run)
            #expect(outcome.failure == nil)
            #expect(outcome.statementsRun == 2)
            return run
        }
        let history = try await history()
        #expect(history.applied.map(\.id) == [migration.id])
        #expect(history.unfinished.isEmpty)
        try await expect("SELECT count(*) FROM things", gives: "1")
        let journal = try await withSession { try await $0.run(run)?.journal }
        #expect(journal?.map(\.status) == [.done])
        #expect(journal?.first?.statementsDone == 2)
    }

    func sequentialStepStopsMidway() async throws {
        let migration = try threeStatements()
        let run = try await withRun { session, run in
            let failure = try await stopMidway(session, run)
            #expect(failure.effect == .partial(statementsDone: 1))
            #expect(failure.statementIndex == 1)
            #expect(failure.error.code == .statementFailed)
            return run
        }
        let history = try await history()
        #expect(history.applied.isEmpty)
        let unfinished = try #require(history.unfinished.first)
        #expect(history.unfinished.count == 1)
        #expect(unfinished.id == migration.id)
        #expect(unfinished.direction == .up)
        #expect(unfinished.run == run)
        #expect(unfinished.statementsDone == 1)
        #expect(unfinished.statementCount == 3)
        #expect(unfinished.meaning == migration.up.meaning)
        try await expectTable("things", isThere: true)
        try await expectTable("more", isThere: false)
    }

    func sequentialStepFailsAtOnce() async throws {
        let migration = try migration(
            "1.0.0", up: "INSERT INTO needed VALUES (1);\nCREATE TABLE more (id integer);",
            directive: "no-transaction")
        try await withRun { session, run in
            let failure = try #require(
                try await perform(migration.upStep(), session, run).failure)
            #expect(failure.effect == .unchanged)
            #expect(failure.statementIndex == 0)
        }
        let history = try await history()
        #expect(history.applied.isEmpty && history.unfinished.isEmpty)
        try await expectTable("more", isThere: false)
    }

    func sequentialStepResumes() async throws {
        let migration = try threeStatements()
        try await withRun { session, run in _ = try await stopMidway(session, run) }
        try await withRun { session, run in
            // Still not there: it stays unfinished, and once only.
            let failure = try #require(
                try await perform(migration.upStep(firstStatement: 1), session, run).failure)
            #expect(failure.effect == .partial(statementsDone: 1))
            #expect(try await session.history().unfinished.map(\.statementsDone) == [1])
        }
        try await value("CREATE TABLE needed (id integer)")
        try await withRun { session, run in
            let outcome = try await perform(
                migration.upStep(firstStatement: 1), session, run)
            #expect(outcome.failure == nil)
            #expect(outcome.statementsRun == 2)
        }
        let history = try await history()
        #expect(history.applied.map(\.id) == [migration.id])
        #expect(history.unfinished.isEmpty)
        try await expect("SELECT count(*) FROM needed", gives: "1")
        try await expectTable("more", isThere: true)
    }

    func unfinishedStepIsUndone() async throws {
        try await withRun { session, run in _ = try await stopMidway(session, run) }
        try await withRun { session, run in
            try await succeed(try threeStatements().downStep(), session, run)
        }
        let history = try await history()
        #expect(history.applied.isEmpty && history.unfinished.isEmpty)
        try await expectTable("things", isThere: false)
    }

    func unfinishedStepIsSettled() async throws {
        let run = try await withRun { session, run in
            _ = try await stopMidway(session, run)
            return run
        }
        try await withRun { session, later in
            try await succeed(try threeStatements().revertedStep(), session, later)
        }
        let history = try await history()
        #expect(history.applied.isEmpty && history.unfinished.isEmpty)
        let journal = try await withSession { try await $0.run(run)?.journal }
        #expect(journal?.map(\.status) == [.settled])
    }
}
