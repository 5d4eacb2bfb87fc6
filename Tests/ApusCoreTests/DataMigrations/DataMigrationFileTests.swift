import ApusCore
import Testing

/// The rules of a data migration's file.
@Suite struct `A file with batches` {
    private static let update = "UPDATE t SET a = 1 WHERE id BETWEEN :start AND :end;"
    private static let batch = "-- apus: batch table=t key=id\n"

    private func problems(_ up: String, down: String? = nil) -> [Diagnostic] {
        do {
            _ = try migration("1.0.0 fill", up: up, down: down)
            return []
        } catch let error as Diagnostics {
            return error.all
        } catch {
            return []
        }
    }

    @Test func `has no transaction around it, and says which statements are batched`() throws {
        let file = try migration(
            "1.0.0 fill",
            up:
                "CREATE TABLE u (a int);\n\(Self.batch)\(Self.update)\n-- apus: verify\nSELECT 1 FROM t WHERE a IS NULL;"
        )
        #expect(file.up.transaction == .none && file.down?.transaction == .wrapped)
        let statements = file.up.statements(in: file.source)
        #expect(file.up.batches.keys.sorted() == [statements[1].range.lowerBound])
        #expect(file.up.verifications == [statements[2].range.lowerBound])
    }

    @Test func `the directive may stand right below the marker`() throws {
        let file = try migration("1.0.0 fill", up: "\(Self.batch)\(Self.update)")
        #expect(file.up.batches.count == 1)
    }

    @Test(arguments: [
        ("\(batch)UPDATE t SET a = 1;", "says with :start and :end"),
        ("\(batch)\(update)\nCREATE INDEX i ON t (a);", "a statement behind a batched one"),
        ("-- apus: verify\nSELECT 1;", "no batch that this query could verify"),
        ("\(batch)\(update)\n-- apus: verify\nDELETE FROM t;", "is a query"),
        ("-- apus: batch table=t key=id handler=Fill\n\(update)", "the rows of a query"),
        (
            "SELECT 1;\n-- apus: batch table=t key=id\n\nSELECT 2;\n\(update)",
            "right above its statement"
        ),
        ("\(batch)-- apus: batch table=u key=id\n\(update)", "a second `batch`"),
    ])
    func `that could not be run is refused`(_ up: String, _ said: String) {
        let problems = problems(up)
        #expect(problems.contains { $0.message.contains(said) }, "\(problems.map(\.message))")
    }

    @Test func `means what its directives say of rows, and not how fast`() throws {
        func meaning(_ directive: String, verify: Bool = false) throws -> Checksum {
            let check = "\n-- apus: verify\nSELECT 1;"
            let clause = "-- apus: batch \(directive)\n"
            return try migration("1.0.0 fill", up: clause + Self.update + (verify ? check : "")).up
                .meaning
        }
        let usual = try meaning("table=t key=id")
        #expect(try meaning("table=t key=id size=10 target=1s max-lag=5s") == usual)
        #expect(try meaning("table=u key=id") != usual)
        #expect(try meaning("table=t key=other") != usual)
        #expect(try meaning("table=t key=id", verify: true) != usual)
    }

    @Test func `has its batches in the up section`() {
        let problems = problems("SELECT 1;", down: "\(Self.batch)\(Self.update)")
        #expect(problems.contains { $0.message.contains("stands in the up section") })
    }
}

@Suite struct `A migration that requires data migrations to be complete` {
    private static let fill =
        "-- apus: batch table=t key=id\nUPDATE t SET a = 1 WHERE id BETWEEN :start AND :end;"

    private func bench(_ directive: String, inBackground: Bool = false) throws -> Bench {
        Bench(
            try migration("1.0.0 one"), try migration("1.1.0 fill", up: Self.fill),
            try migration("1.2.0 tight", directive), try migration("1.3.0 more")
        ).with { $0.options.leavesBatches = inBackground }
    }

    private func progress(
        _ id: MigrationID, _ state: DataMigrationProgress.State = .open
    ) -> DataMigrationProgress {
        DataMigrationProgress(
            migration: id, statement: 0, meaning: Checksum(of: "x"), state: state, size: 10,
            rowsDone: 50, rowsExpected: 200, run: RunID(1), startedAt: Timestamp(microseconds: 0),
            changedAt: Timestamp(microseconds: 0))
    }

    @Test func `follows them where one run does both in the foreground`() throws {
        let plan = try bench("requires-complete").plan(.latest)
        #expect(plan.steps.map(\.id.name) == ["one", "fill", "tight", "more"])
        #expect(plan.steps.allSatisfy { !$0.leavesBatches })
    }

    @Test(arguments: ["requires-complete", "requires-complete 1.1.0/fill"])
    func `stays pending, with all behind it, where the batches are left`(_ directive: String)
        throws
    {
        let plan = try bench(directive, inBackground: true).plan(.latest)
        #expect(plan.steps.map(\.id.name) == ["one", "fill"])
        #expect(plan.steps.last?.leavesBatches == true)
        #expect(plan.remaining.map(\.name) == ["tight", "more"])
        #expect(plan.warnings.map(\.code) == [.dataIncomplete])
    }

    @Test func `is refused while they are under way, and says how far they are`() throws {
        var bench = try bench("requires-complete")
        let (one, fill) = (bench.migrations[0], bench.migrations[1])
        bench = bench.applied(one, fill)
        bench.database.history.incomplete = [progress(fill.id)]
        let error = #expect(throws: Diagnostics.self) { _ = try bench.plan(.latest) }
        #expect(error?.all[0].code == .dataIncomplete)
        #expect(error?.all[0].message.contains("25 % done") == true)
        bench.database.history.incomplete = []
        #expect(try bench.plan(.latest).steps.count == 2)
    }

    @Test func `does not wait for others than it names`() throws {
        let other = try migration("1.1.0 other", day: 2, up: Self.fill)
        var bench = try bench("requires-complete 1.1.0/other")
        bench.migrations.append(other)
        bench = bench.applied(bench.migrations[0], bench.migrations[1], other)
        bench.database.history.incomplete = [progress(bench.migrations[1].id)]
        #expect(try bench.plan(.latest).steps.count == 2)
        bench.database.history.incomplete.append(progress(other.id, .failed))
        #expect(throws: Diagnostics.self) { _ = try bench.plan(.latest) }
    }

    @Test func `names one that is there`() throws {
        let bench = try bench("requires-complete 1.1.0/fil")
        let error = #expect(throws: Diagnostics.self) { _ = try bench.plan(.latest) }
        #expect(error?.all[0].hint == "did you mean \"1.1.0/fill\"?")
    }

    @Test func `names one that has batches`() throws {
        let bench = try bench("requires-complete 1.1.0/fill, 1.0.0/one")
        let error = #expect(throws: Diagnostics.self) { _ = try bench.plan(.latest) }
        #expect(error?.all.count == 1)
        #expect(error?.all[0].message.contains("1.0.0 one has no batches") == true)
    }
}
