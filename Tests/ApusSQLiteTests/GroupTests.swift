import ApusCore
import ApusEngine
import GRDB
import Synchronization
import Testing

@testable import ApusSQLite

/// Steps that share a transaction.
@Suite struct GroupTests {
    private let database: TemporaryDatabase

    init() throws { database = try TemporaryDatabase() }

    /// Takes steps once, and checks that what is told of them is what the history says.
    private func perform(
        _ ups: [String], options: StepOptions = StepOptions(), directive: String? = nil,
        _ check: (SQLiteSession, RunID, [Step], [StepOutcome], GroupEvents) async throws -> Void
    ) async throws {
        let steps = try ups.enumerated().map { place, up in
            try database.migration("1.\(place).0", up, directive: directive).upStep
        }
        let session = try await database.driver.openSession()
        try await session.acquireLock(waitingAtMost: .seconds(600)) { _ in }
        try await session.prepareRegistry()
        let run = try await session.beginRun(.forTests)
        let events = GroupEvents()
        let outcomes = try await session.perform(
            steps, in: run, options: options, report: events.record)
        let done = outcomes.filter { $0.failure == nil }.map(\.id)
        #expect(try await session.history().applied.map(\.id) == done)
        #expect(events.begun == Array(0..<outcomes.count), "each is told of once")
        #expect(events.finished == Array(0..<outcomes.count))
        let journal = try await session.run(run)?.journal.map(\.status) ?? []
        #expect(journal == outcomes.map { $0.failure == nil ? .done : .failed })
        try await check(session, run, steps, outcomes, events)
        await session.close()
    }

    @Test func `hundreds of steps share a few transactions`() async throws {
        let ups = (0..<300).map { "CREATE TABLE t\($0) (a); INSERT INTO t\($0) VALUES (1);" }
        try await perform(ups) { session, run, steps, outcomes, _ in
            #expect(outcomes.count == 256)
            #expect(outcomes.allSatisfy { $0.failure == nil && $0.statementsRun == 2 })
            let rest = try await session.perform(
                Array(steps[256...]), in: run, options: StepOptions()
            ) { _ in }
            #expect(rest.count == 44)
            #expect(try await session.history().applied.count == 300)
        }
    }

    @Test(.timeLimit(.minutes(5)))
    func `a group waits for another program's transaction, and says how long`() async throws {
        let steps = try (0..<3).map {
            try database.migration("1.\($0).0", "CREATE TABLE t\($0) (a);").upStep
        }
        let session = try await database.driver.openSession()
        try await session.acquireLock(waitingAtMost: .seconds(600)) { _ in }
        try await session.prepareRegistry()
        let run = try await session.beginRun(.forTests)
        let other = try database.otherProgram()
        try await other.writeWithoutTransaction { try $0.execute(sql: "BEGIN IMMEDIATE") }
        let events = GroupEvents()
        let start = ContinuousClock.now
        let task = Task {
            try await session.perform(
                steps, in: run, options: StepOptions(), report: events.record)
        }
        while !events.isWaiting { try await Task.sleep(for: .milliseconds(5)) }
        try await other.writeWithoutTransaction { try $0.execute(sql: "COMMIT") }
        let outcomes = try await task.value
        #expect(outcomes.count == 3 && outcomes.allSatisfy { $0.failure == nil })
        // Told once, when it is over.
        #expect(events.waits.count == 1)
        #expect(events.waits.allSatisfy { $0 > .zero && $0 < ContinuousClock.now - start })
        await session.close()
    }

    @Test func `large scripts do not share one`() async throws {
        let large =
            "CREATE TABLE large (a); INSERT INTO large VALUES ('\(String(repeating: "x", count: 1 << 20))');"
        try await perform(["CREATE TABLE a (a);", "CREATE TABLE b (a);", large]) {
            _, _, _, outcomes, _ in
            #expect(outcomes.count == 2)
        }
    }

    @Test func `a group ends behind a step that leaves something in the connection`() async throws {
        let ups = [
            "CREATE TABLE a (a);", "CREATE TEMP TABLE leftover (a);",
            "CREATE TEMP TABLE leftover (a); CREATE TABLE c (a);",
        ]
        try await perform(ups) { session, run, steps, outcomes, _ in
            #expect(outcomes.count == 2)
            let rest = try await session.perform(
                Array(steps[2...]), in: run, options: StepOptions()
            ) { _ in }
            #expect(rest.map { $0.failure == nil } == [true])
        }
    }

    /// What ends the transaction takes the group along: it is taken again, step by step.
    @Test(arguments: [
        "INSERT OR ROLLBACK INTO u VALUES (1);",
        "CREATE TRIGGER t BEFORE INSERT ON u BEGIN SELECT RAISE(ROLLBACK, 'no'); END;\nINSERT INTO u VALUES (2);",
    ])
    func `an error that ends the transaction is its own step's failure`(
        statement: String
    ) async throws {
        let ups = [
            "CREATE TABLE u (a INTEGER UNIQUE); INSERT INTO u VALUES (1);",
            "INSERT INTO u VALUES (7);", "CREATE TABLE v (a);\n\(statement)", "CREATE TABLE w (a);",
        ]
        try await perform(ups) { session, run, steps, outcomes, _ in
            #expect(outcomes.map { $0.failure == nil } == [true, true, false])
            #expect(outcomes.last?.failure?.effect == .unchanged)
            #expect((outcomes.last?.failure?.statementIndex ?? 0) > 0)
            let tables = try database.value(
                "SELECT group_concat(name) FROM sqlite_schema WHERE name NOT LIKE '%\\_%' ESCAPE '\\'"
            )
            #expect(tables == "u")
            #expect(try database.value("SELECT group_concat(a) FROM u") == "1,7")
        }
    }

    @Test func `a statement that takes too long is its own step's failure`() async throws {
        let long =
            "INSERT INTO a WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n;"
        let options = StepOptions(statementTimeout: .milliseconds(200))
        try await perform(["CREATE TABLE a (a);", "CREATE TABLE b (a);", long], options: options) {
            _, _, _, outcomes, _ in
            #expect(outcomes.map { $0.failure == nil } == [true, true, false])
            #expect(outcomes.last?.failure?.error.code == .statementFailed)
        }
    }

    @Test func `a deferred foreign key that does not hold is its own step's failure`()
        async throws
    {
        let ups = [
            "CREATE TABLE parent (id INTEGER PRIMARY KEY);",
            "CREATE TABLE child (id INTEGER REFERENCES parent DEFERRABLE INITIALLY DEFERRED);",
            "PRAGMA foreign_keys = ON;\nINSERT INTO child VALUES (1);",
        ]
        try await perform(ups) { session, run, steps, outcomes, _ in
            #expect(outcomes.count == 2, "a script with a pragma is taken on its own")
            let rest = try await session.perform(
                Array(steps[2...]), in: run, options: StepOptions()
            ) { _ in }
            #expect(rest.map { $0.failure?.error.code } == [.commitFailed])
        }
    }

    @Test func `an open violation of a deferred foreign key is seen before COMMIT`() async throws {
        let queue = try DatabaseQueue(path: database.path)
        try await queue.write { database in
            try database.execute(
                sql: """
                    CREATE TABLE parent (id INTEGER PRIMARY KEY);
                    CREATE TABLE child (
                        id INTEGER REFERENCES parent DEFERRABLE INITIALLY DEFERRED);
                    """)
        }
        try await queue.write { database in
            try database.checkDeferredForeignKeys()
            try database.execute(sql: "INSERT INTO child VALUES (1)")
            #expect(throws: ApusEngine.DatabaseError.self) {
                try database.checkDeferredForeignKeys()
            }
            try database.execute(sql: "INSERT INTO parent VALUES (1)")
            try database.checkDeferredForeignKeys()
        }
    }

    @Test func `with foreign keys enforced each step is checked for itself`() async throws {
        let ups = [
            "CREATE TABLE parent (id INTEGER PRIMARY KEY);\nCREATE TABLE child (id INTEGER REFERENCES parent);",
            "INSERT INTO parent VALUES (1); INSERT INTO child VALUES (1);",
            "INSERT INTO child VALUES (2);", "INSERT INTO parent VALUES (2);",
        ]
        try await perform(ups, options: StepOptions(enforcesForeignKeys: true)) {
            _, _, _, outcomes, _ in
            #expect(outcomes.map { $0.failure == nil } == [true, true, false])
            #expect(outcomes.last?.failure?.error.code == .commitFailed)
        }
    }

    @Test func `what a step breaks silently is told of that step`() async throws {
        let ups = [
            "CREATE TABLE t (a INTEGER, b INTEGER);\nCREATE INDEX t_a ON t (a);",
            "CREATE TABLE n (a TEXT); DROP TABLE t; ALTER TABLE n RENAME TO t;",
            "CREATE TABLE u (a);",
        ]
        try await perform(ups) { _, _, _, outcomes, events in
            #expect(outcomes.count == 3)
            #expect(
                events.notices == [
                    "1 the index t_a is lost: it was dropped with t, and not made again"
                ])
        }
    }

    @Test func `a step does not see the last row that another one inserted`() async throws {
        let ups = [
            "CREATE TABLE a (id INTEGER PRIMARY KEY); INSERT INTO a VALUES (41);",
            "CREATE TABLE b AS SELECT last_insert_rowid() AS id;",
            "CREATE TABLE c (a CHECK (a = 0)); INSERT INTO c SELECT id FROM b;",
        ]
        try await perform(ups) { _, _, _, outcomes, _ in
            #expect(outcomes.map { $0.failure == nil } == [true, true, true])
        }
    }

    @Test(arguments: [
        "PRAGMA user_version = 1;", "SAVEPOINT s; RELEASE s;", "/* c */ pragma user_version;",
    ])
    func `what means something else in a common transaction has its own`(sql: String) throws {
        let plain = try database.migration("1.0.0", "CREATE TABLE a (a);").upStep
        let other = try database.migration("1.1.0", "CREATE TABLE b (a);\n\(sql)").upStep
        #expect(GroupRule.members(of: [plain, plain]).count == 2)
        #expect(GroupRule.members(of: [plain, other]).count == 1)
        #expect(GroupRule.members(of: [other, plain]).isEmpty)
    }

    @Test(arguments: [
        "ALTER TABLE a RENAME TO b;",
        "ALTER TABLE a ADD COLUMN b NOT NULL DEFAULT 1 CHECK (b > 0);",
        "ALTER TABLE a RENAME COLUMN a TO b;", "DROP TABLE a;",
    ])
    func `a change of the schema leaves nothing in the connection`(sql: String) async throws {
        try await perform(["CREATE TABLE a (a);", sql, "CREATE TABLE c (a);"]) {
            _, _, _, outcomes, _ in
            #expect(outcomes.map { $0.failure == nil } == [true, true, true])
        }
    }

    @Test func `a step with its own patience for locks has its own transaction`() throws {
        let plain = try database.migration("1.0.0", "CREATE TABLE a (a);").upStep
        let patient = try database.migration(
            "1.1.0", "CREATE TABLE b (a);", directive: "lock-timeout 1min"
        ).upStep
        #expect(GroupRule.members(of: [plain, patient, plain]).count == 1)
    }
}

/// What is told of several steps.
private final class GroupEvents: Sendable {
    private let all = Mutex<[StretchEvent]>([])

    @Sendable func record(_ event: StretchEvent) { all.withLock { $0.append(event) } }

    private func each<Value: Sendable>(_ value: (StretchEvent) -> Value?) -> [Value] {
        all.withLock { $0.compactMap(value) }
    }

    var begun: [Int] { each { if case .started(let place) = $0 { place } else { nil } } }

    var finished: [Int] { each { if case .finished(let place, _) = $0 { place } else { nil } } }

    var isWaiting: Bool {
        !each { if case .step(_, .waitingForLock) = $0 { true } else { nil } }.isEmpty
    }

    /// How long each wait for a lock was that is over.
    var waits: [Duration] {
        each { if case .step(_, .waitedForLock(_, let time)) = $0 { time } else { nil } }
    }

    var notices: [String] {
        each {
            if case .step(let place, .notice(let text)) = $0 { "\(place) \(text)" } else { nil }
        }
    }
}
