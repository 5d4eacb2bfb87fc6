import ApusCore
import ApusEngine
import Foundation
import Testing

extension ConformanceBench {
    private func mark(_ id: String = UUID().uuidString) -> RehearsalMark {
        let digits = id.lowercased().filter(\.isHexDigit)
        return RehearsalMark(
            id: String(digits.prefix(12)), begunAt: "2025-01-15T10:30:00Z", begunBy: "ana@laptop")
    }

    private func make() async throws -> any EphemeralDatabase {
        try await driver.rehearsalHost(.beside).make(mark(), like: nil)
    }

    private func statements(_ text: String) throws -> (MigrationSource, [Statement]) {
        let source = MigrationSource(path: "tests/1.0.0_x.sql", bytes: Array(text.utf8))
        var splitter = StatementSplitter(dialect: driver.engine, recognisesMarkers: false)
        var statements: [Statement] = []
        while let item = try source.withSpan({ (bytes) throws(SplitFailure) in
            try splitter.next(in: bytes)
        }) {
            if case .statement(let statement) = item { statements.append(statement) }
        }
        return (source, statements)
    }

    func rehearsalIsRecorded() async throws {
        var way = RehearsedWay(from: nil)
        way.append(
            .init(up: Checksum(of: "up"), down: Checksum(of: "down")),
            to: SemanticVersion(1, 0, 0))
        func record(_ backup: String) -> RehearsalRecord {
            RehearsalRecord(
                passedAt: Timestamp(microseconds: 1_736_937_000_123_456),
                passedBy: "ana@laptop", toolVersion: "0.0.0-test", backup: backup,
                backupTakenAt: Timestamp(microseconds: 1_736_936_000_000_001),
                planDigest: Checksum(of: backup), from: nil, to: SemanticVersion(1, 0, 0),
                way: way)
        }
        try await withSession { session in
            let none = try await session.rehearsals()
            #expect(none.isEmpty)
        }
        try await withRun { session, _ in
            try await session.recordRehearsal(record("first's"))
            try await session.recordRehearsal(record("second"))
        }
        try await withSession { session in
            let found = try await session.rehearsals()
            #expect(found == [record("second"), record("first's")])
        }
    }

    func rehearsalDatabaseIsItsOwn() async throws {
        let database = try await make()
        let empty = try await database.tables()
        #expect(empty.isEmpty)
        try await database.confirm()
        let session = try await database.driver.openSession()
        let history = try await session.history()
        #expect(history.registry == .absent(userTables: 0))
        try await session.acquireLock(waitingAtMost: .zero) { _ in }
        try await session.prepareRegistry()
        let run = try await session.beginRun(Self.runStart())
        let outcome = try await session.perform(
            try things().upStep(), in: run, options: StepOptions()
        ) { _ in }
        #expect(outcome.failure == nil)
        try await session.endRun(run, RunEnd(status: .succeeded))
        let tables = try await database.tables()
        #expect(tables.count == 1)
        await session.close()
        try await expectTable("things", isThere: false)
        try await database.remove()
        let cleared = try await driver.rehearsalHost(.beside).clear()
        #expect(!cleared.contains(database.driver.target.name))
    }

    func deadRehearsalIsCleared() async throws {
        let living = try await make()
        var dead: (any EphemeralDatabase)? = try await make()
        let name = try #require(dead?.driver.target.name)
        try await dead?.confirm()
        dead = nil
        let host = try driver.rehearsalHost(.beside)
        // A server may take a moment to see that its client is gone; and others may clear as well.
        while try await !host.clear().contains(name) {
            if case .none = try await driver.named(name).restoreTarget.occupant() { break }
        }
        try await living.confirm()
        let tables = try await living.tables()
        #expect(tables.isEmpty)
        try await living.remove()
    }

    func tablesAreDigested() async throws {
        let database = try await make()
        let setUp = try statements(
            """
            CREATE TABLE guests (id integer PRIMARY KEY, name text, n numeric);
            INSERT INTO guests VALUES (1, 'a', 1.5), (2, 'b', NULL), (3, NULL, 0);
            CREATE TABLE empty (a integer);
            """)
        try await database.perform(setUp.1, of: setUp.0)
        func tables(after sql: String) async throws -> [TableContents] {
            let (source, statements) = try statements(sql)
            try await database.perform(statements, of: source)
            return try await database.tables()
        }
        let first = try await database.tables()
        #expect(first.map(\.rows) == [0, 3])
        let name = try #require(first.last?.name)
        let rewritten = try await tables(
            after: "DELETE FROM guests WHERE id = 1; INSERT INTO guests VALUES (1, 'a', 1.5);")
        #expect(rewritten == first)
        let changed = try await tables(after: "UPDATE guests SET name = 'c' WHERE id = 2;")
        #expect(DataChange.between(first, changed) == [.values(name, "name")])
        let back = try await tables(after: "UPDATE guests SET name = 'b' WHERE id = 2;")
        #expect(back == first)
        let empty = try await tables(after: "UPDATE guests SET name = '' WHERE id = 3;")
        #expect(DataChange.between(first, empty) == [.values(name, "name")])
        let swapped = try await tables(
            after: """
                UPDATE guests SET name = 'x' WHERE id = 1; UPDATE guests SET name = 'a' WHERE id = 2;
                UPDATE guests SET name = NULL WHERE id = 3; UPDATE guests SET name = 'b' WHERE id = 1;
                """)
        #expect(DataChange.between(first, swapped) == [.together(name)])
        let fewer = try await tables(after: "DELETE FROM guests WHERE id > 1;")
        #expect(DataChange.between(first, fewer) == [.rows(name, before: 3, after: 1)])
        try await database.remove()
    }

    func testsAreAsked() async throws {
        let database = try await make()
        let setUp = try statements(
            """
            CREATE TABLE guests (id integer, name text);
            INSERT INTO guests VALUES (1, 'a;'), (2, NULL), (3, 'c');
            """)
        try await database.perform(setUp.1, of: setUp.0)
        let query = try statements("SELECT id, name FROM guests ORDER BY id;")
        let rows = try await database.rows(of: query.1[0], in: query.0, limit: 2)
        #expect(
            rows
                == QueryRows(
                    columns: ["id", "name"], first: [["1", "a;"], ["2", nil]], count: 3))
        let none = try statements("SELECT id FROM guests WHERE id > 7;")
        let noRows = try await database.rows(of: none.1[0], in: none.0, limit: 2)
        #expect(noRows == QueryRows(columns: ["id"], first: [], count: 0))

        for sql in ["DELETE FROM guests;", "SELECT no_such_column FROM guests;"] {
            let wrong = try statements(sql)
            await #expect(throws: TestFailure.self, "\(sql)") {
                _ = try await database.rows(of: wrong.1[0], in: wrong.0, limit: 2)
            }
        }
        let half = try statements(
            "INSERT INTO guests VALUES (4, 'd'); INSERT INTO nobody VALUES (1);")
        await #expect(throws: TestFailure.self) {
            try await database.perform(half.1, of: half.0)
        }
        let after = try await database.rows(of: query.1[0], in: query.0, limit: 0)
        #expect(after.count == 3)
        try await database.remove()
    }
}
