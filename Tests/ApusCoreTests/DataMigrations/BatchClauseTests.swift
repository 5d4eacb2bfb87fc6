import Testing

@testable import ApusCore

@Suite struct `What a batch directive says` {
    @Test func `table, key, size, time, limits and handler are read`() throws {
        let clause = try BatchClause.parse(
            #"table=public."My Guests" key=house,"Id" size=500 target=1s max-lag=5s max-lock-waits=0 max-active=20 handler=FillLocale"#
        )
        #expect(clause.table == #"public."My Guests""#)
        #expect(clause.key == ["house", #""Id""#])
        #expect(clause.size == 500 && clause.target == .seconds(1))
        #expect(
            clause.limits
                == BatchLimits(
                    replicationLag: .seconds(5), lockWaits: 0, activeSessions: 20))
        #expect(clause.handler == "FillLocale")
    }

    @Test func `what it does not say is usual`() throws {
        let clause = try BatchClause.parse("table=guests key=id")
        #expect(clause.size == 1000 && clause.target == .milliseconds(200))
        #expect(clause.limits.isEmpty && clause.handler == nil)
    }

    @Test(arguments: [
        ("", "it does not say which table"), ("table=guests", "by which key"),
        ("table=guests key=id key=id", "a second `key`"), ("guests key=id", "no NAME=VALUE"),
        ("table=guests; key=id", "no table's name"), ("table=a.b.c key=id", "no table's name"),
        (#"table="a"b" key=id"#, "no table's name"), ("table=guests key=id,ID", "comes twice"),
        ("table=guests key=id,", "no column's name"), ("table=guests key=1d", "no column's name"),
        ("table=guests key=id size=0", "a number from 1"),
        ("table=guests key=id target=soon", "a time such as"),
        ("table=guests key=id max-lag=soon", "a time such as"),
        ("table=guests key=id limit=3", "knows no `limit`"),
    ])
    func `anything else is refused by name`(_ text: String, _ said: String) {
        let error = #expect(throws: DirectiveError.self) { try BatchClause.parse(text) }
        #expect(error?.message.contains(said) == true, "\(error?.message ?? "")")
    }

    @Test func `a limit says why the next batch waits, and what is not known is no reason`() {
        let limits = BatchLimits(replicationLag: .seconds(5), lockWaits: 0, activeSessions: 2)
        #expect(limits.obstacle(DatabaseLoad()) == nil)
        #expect(
            limits.obstacle(DatabaseLoad(replicationLag: .seconds(5), lockWaits: 0)) == nil)
        #expect(
            limits.obstacle(DatabaseLoad(replicationLag: .milliseconds(5001)))?.contains("5001ms")
                == true)
        #expect(limits.obstacle(DatabaseLoad(lockWaits: 1))?.contains("wait for locks") == true)
        #expect(limits.obstacle(DatabaseLoad(activeSessions: 3))?.contains("at work") == true)
    }

    @Test func `limits that see nothing say so, and others have nothing to say`() {
        let blind = DatabaseLoad(blindness: "it is dark")
        let limits = BatchLimits(replicationLag: .seconds(5), activeSessions: 2)
        #expect(limits.blindness(blind) == "max-lag, max-active: it is dark")
        #expect(limits.blindness(DatabaseLoad()) == nil)
        #expect(BatchLimits().blindness(blind) == nil)
    }
}

@Suite struct `A batched statement` {
    private func filled(_ sql: String, _ dialect: DatabaseEngine) throws -> String? {
        let source = MigrationSource(path: "x.sql", bytes: Array(sql.utf8))
        let statement = Statement(
            range: 0..<sql.utf8.count, line: 1, column: 1, kind: .plain)
        return BatchStatement(statement, of: source, dialect: dialect)?.sql(
            start: ["1", "'a'"], end: ["2"])
    }

    @Test(arguments: DatabaseEngine.allCases)
    func `has the keys put where :start and :end stand, and nowhere else`(
        _ dialect: DatabaseEngine
    ) throws {
        #expect(
            try filled(
                "UPDATE t SET a = ':start' /* :end */ WHERE (id) >= (:start) AND id <= :END",
                dialect)
                == "UPDATE t SET a = ':start' /* :end */ WHERE (id) >= (1, 'a') AND id <= 2")
        #expect(try filled("DELETE FROM t WHERE id BETWEEN :start AND :end;", dialect) != nil)
    }

    @Test func `does not take a cast, or a longer name, for a place`() throws {
        #expect(try filled("SELECT a::start, b::end, :starting, :ending", .postgres) == nil)
        #expect(try filled("SELECT :starting, :ending, :start", .sqlite) == nil)
        #expect(
            try filled("SELECT a::text, :start::int, :end::int", .postgres)
                == "SELECT a::text, 1, 'a'::int, 2::int")
    }
}

@Suite struct `The size of the next batch` {
    @Test(arguments: [
        // size, rows, milliseconds, next
        (1000, 1000, 200, 1000), (1000, 1000, 180, 1000), (1000, 1000, 100, 2000),
        (1000, 1000, 10, 2000), (1000, 1000, 400, 500), (1000, 1000, 9000, 500),
        (1000, 400, 10, 1000), (1, 1, 9000, 1), (900_000, 900_000, 10, 1_000_000),
        (3, 3, 300, 2),
    ])
    func `leads to the time that one should take`(
        _ size: Int, _ rows: Int, _ milliseconds: Int, _ next: Int
    ) {
        let pace = BatchPace(target: .milliseconds(200))
        #expect(pace.size(after: size, rows: rows, took: .milliseconds(milliseconds)) == next)
        let fixed = BatchPace(target: .zero)
        #expect(fixed.size(after: size, rows: rows, took: .milliseconds(milliseconds)) == size)
    }
}

@Suite struct `Parameters in a statement` {
    @Test(arguments: DatabaseEngine.allCases)
    func `are put where they stand, and not into texts`(_ dialect: DatabaseEngine) {
        let sql = "UPDATE t SET a = $2, b = '$1' WHERE id = $1"
        #expect(
            ParameterText.filled(sql, ["7", "'x'"], dialect: dialect)
                == "UPDATE t SET a = 'x', b = '$1' WHERE id = 7")
        #expect(ParameterText.filled(sql, ["7"], dialect: dialect) == nil)
    }
}
