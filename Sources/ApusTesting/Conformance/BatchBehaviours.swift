import ApusCore
import ApusEngine
import Testing

extension ConformanceBench {
    private static var table: String {
        """
        CREATE TABLE filled (id integer PRIMARY KEY, times integer NOT NULL DEFAULT 0);
        INSERT INTO filled (id) VALUES \((1...25).map { "(\($0 * 3))" }.joined(separator: ", "));
        """
    }

    private static var statement: String {
        "UPDATE filled SET times = times + 1 WHERE id BETWEEN :start AND :end"
    }

    /// A data migration of one statement.
    private func data(
        _ statement: String = Self.statement, table: String = "filled", key: String = "id",
        size: Int = 10
    ) throws -> Migration {
        try migration(
            "2.0.0", up: "\(statement);", down: "UPDATE filled SET times = 0;",
            directive: "batch table=\(table) key=\(key) size=\(size) target=0")
    }

    private func work(_ migration: Migration, _ run: RunID) throws -> BatchWork {
        let statement = try #require(migration.up.statements(in: migration.source).first)
        return BatchWork(
            migration: migration.id, statement: 0, meaning: migration.up.meaning,
            clause: try #require(migration.up.batches[statement.range.lowerBound]),
            template: try #require(
                BatchStatement(
                    statement, of: migration.source, dialect: driver.engine)), run: run)
    }

    /// Makes a table and begins a data migration over it.
    private func begun<Result>(
        _ up: String = Self.table, _ migration: Migration? = nil,
        _ body: (D.Session, RunID, BatchWork) async throws -> Result
    ) async throws -> Result {
        try await withRun { session, run in
            try await succeed(
                try self.migration("1.0.0", up: up, down: "DROP TABLE filled;").upStep(), session,
                run)
            let work = try work(try migration ?? data(), run)
            _ = try await session.beginBatches(work)
            return try await body(session, run, work)
        }
    }

    func batchesPassEveryKey() async throws {
        try await begun { session, _, work in
            let sizes = [10, 10, 5, 0]
            for (index, size) in sizes.enumerated() {
                let outcome = try await session.performBatch(work)
                #expect(outcome.rows == size)
                #expect(outcome.progress.batchesDone == Int64(min(index + 1, 3)))
            }
            let found = try await session.dataMigrations()
            #expect(found.map(\.rowsDone) == [25] && found.map(\.state) == [.open])
            try await session.completeBatches(work.migration, statement: 0)
            let done = try await session.dataMigrations()
            #expect(done.map(\.state) == [.done] && done[0].run == work.run)
        }
        try await expect("SELECT min(times) || ' ' || max(times) FROM filled", gives: "1 1")
        let history = try await history()
        #expect(history.incomplete.isEmpty)
    }

    func batchesTakeSeveralColumns() async throws {
        let up = """
            CREATE TABLE filled (name text NOT NULL, day date NOT NULL, times integer NOT NULL DEFAULT 0, PRIMARY KEY (name, day));
            INSERT INTO filled (name, day) VALUES ('it''s', '2025-01-02'), ('it''s', '2025-01-03'), ('a', '2025-01-02'),
                ('a', '2024-12-31'), ('ž', '2025-01-01'), ('a\\b', '2025-01-01'), ('', '2025-01-01');
            """
        let statement =
            "UPDATE filled SET times = times + 1 WHERE (name, day) BETWEEN (:start) AND (:end)"
        let migration = try data(statement, key: "name,day", size: 2)
        try await begun(up, migration) { session, _, work in
            var rows = 0
            while case let outcome = try await session.performBatch(work), outcome.rows > 0 {
                rows += outcome.rows
            }
            #expect(rows == 7)
        }
        try await expect("SELECT min(times) || ' ' || max(times) FROM filled", gives: "1 1")
    }

    func batchIsWholeOrNothing() async throws {
        let migration = try data(
            "UPDATE filled SET times = times + CASE WHEN id = 45 THEN NULL ELSE 1 END WHERE id BETWEEN :start AND :end"
        )
        try await begun(Self.table, migration) { session, _, work in
            _ = try await session.performBatch(work)
            await #expect(throws: DatabaseError.self) { _ = try await session.performBatch(work) }
            let found = try await session.dataMigrations()
            #expect(found.map(\.rowsDone) == [10] && found.map(\.batchesDone) == [1])
            try await session.failBatches(work.migration, statement: 0, message: "why")
            let failed = try await session.dataMigrations()
            #expect(failed.map(\.state) == [.failed] && failed[0].message == "why")
        }
        try await expect("SELECT sum(times) FROM filled", gives: "10")
    }

    func batchesStop() async throws {
        try await begun { session, _, work in
            _ = try await session.performBatch(work)
            let paused = try await withSession { try await $0.change(work.migration, .pause) }
            #expect(paused.map(\.state) == [.paused])
            let outcome = try await session.performBatch(work)
            #expect(outcome.rows == 0 && outcome.progress.state == .paused)
            _ = try await session.change(work.migration, .resume)
            let next = try await session.performBatch(work)
            #expect(next.rows == 10 && next.progress.rowsDone == 20)
            let none = try await session.change(
                try #require(MigrationID("20250115_103000_9.9.9_none")), .pause)
            #expect(none.isEmpty)
        }
        try await expect("SELECT sum(times) FROM filled", gives: "20")
    }

    func batchKeyIsChecked() async throws {
        let up = """
            CREATE TABLE filled (id integer PRIMARY KEY, twice integer NOT NULL, maybe integer, times integer, UNIQUE (maybe));
            """
        for (key, said) in [
            ("twice", "not unique"), ("maybe", "NULL"), ("nothing", "column"),
        ] {
            let migration = try data(
                "UPDATE filled SET times = 1 WHERE \(key) BETWEEN :start AND :end", key: key)
            try await withRun { session, run in
                if try await session.history().applied.isEmpty {
                    try await succeed(
                        try self.migration("1.0.0", up: up, down: "DROP TABLE filled;").upStep(),
                        session, run)
                }
                let work = try work(migration, run)
                let error = await #expect(throws: DatabaseError.self) {
                    _ = try await session.beginBatches(work)
                }
                #expect(error?.code == .batchKeyInvalid)
                #expect(error?.message.contains(said) == true, "\(error?.message ?? "")")
            }
        }
        let history = try await history()
        #expect(history.incomplete.isEmpty)
    }

    func batchKeyTypeIsWatched() async throws {
        try await begun { session, _, work in
            _ = try await session.performBatch(work)
            for sql in scripts.retypeKey { try await value(sql) }
            let error = await #expect(throws: DatabaseError.self) {
                _ = try await session.performBatch(work)
            }
            #expect(error?.code == .batchKeyInvalid, "\(error?.message ?? "")")
            let again = await #expect(throws: DatabaseError.self) {
                _ = try await session.beginBatches(work)
            }
            #expect(again?.code == .batchKeyInvalid)
        }
        try await expect("SELECT sum(times) FROM filled", gives: "10")
    }

    func batchesAreDoneOnce() async throws {
        let work = try await begun(Self.table, data(size: 1)) { _, _, work in work }
        let rows = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 1...2 {
                group.addTask {
                    try await withSession { session in
                        var rows = 0
                        while case let outcome = try await session.performBatch(work),
                            outcome.rows > 0
                        {
                            rows += outcome.rows
                        }
                        return rows
                    }
                }
            }
            return try await group.reduce(0, +)
        }
        #expect(rows == 25)
        try await expect("SELECT min(times) || ' ' || max(times) FROM filled", gives: "1 1")
    }

    func batchesAreClaimed() async throws {
        let work = try await begun { _, _, work in work }
        try await withSession { first in
            let taken = try await first.claimBatches(of: work.migration)
            #expect(taken)
            try await withSession { second in
                let refused = try await second.claimBatches(of: work.migration)
                #expect(!refused)
                try await first.releaseBatches(of: work.migration)
                let given = try await second.claimBatches(of: work.migration)
                #expect(given)
            }
            // With its session the claim is given back, once the server has seen that one end.
            var again = false
            for _ in 0..<200 where !again {
                again = try await first.claimBatches(of: work.migration)
                if !again { try await Task.sleep(for: .milliseconds(50)) }
            }
            #expect(again)
        }
    }

    func undoingForgetsBatches() async throws {
        let migration = try data()
        try await begun(Self.table, migration) { session, run, work in
            _ = try await session.performBatch(work)
            var last = migration.upStep(firstStatement: 1)
            last.settles = nil
            try await succeed(last, session, run)
            let open = try await session.history().incomplete
            #expect(open.map(\.migration) == [migration.id])
            try await succeed(try migration.downStep(), session, run)
            let error = await #expect(throws: DatabaseError.self) {
                _ = try await session.performBatch(work)
            }
            #expect(error?.code == .dataStopped)
        }
        let found = try await withSession { try await $0.dataMigrations() }
        #expect(found.isEmpty)
    }

    func undoneBatchesAreMeasured() async throws {
        let migration = try data()
        let before = try await begun(Self.table, migration) { session, run, work in
            _ = try await session.performBatch(work)
            _ = try await session.performBatch(work)
            var last = migration.upStep(firstStatement: 1)
            last.settles = nil
            last.leavesBatches = true
            try await succeed(last, session, run)
            let before = try await session.dataMigrations()
            _ = try await session.change(migration.id, .cancel)
            try await succeed(try migration.downStep(), session, run)
            // The runs and the migration's attempts are told as they were.
            let steps = try await session.run(run)?.journal.map(\.status) ?? []
            #expect(steps == [.done, .done, .done])
            let attempts = try await session.journal(of: migration.id, limit: 10)
            #expect(attempts.map(\.entry.direction) == [.down, .up])
            #expect(attempts.last?.entry.message == Step.leftBatchesNote)
            return before
        }
        let told = try await withSession { try await $0.measurements() }
        #expect(told.dataMigrations.isEmpty)
        #expect(told.undoneBatches.map(\.migration) == [migration.id])
        #expect(told.undoneBatches.map(\.statement) == [0])
        #expect(told.undoneBatches.map(\.state) == [.cancelled])
        #expect(told.undoneBatches.map(\.rows) == before.map(\.rowsDone))
        #expect(told.undoneBatches.map(\.busy) == before.map(\.busy))
        #expect(told.undoneBatches.map(\.run) == told.runs.map(\.id))
        #expect(told.steps.map(\.leftBatches) == [false, true, false])
    }
}
