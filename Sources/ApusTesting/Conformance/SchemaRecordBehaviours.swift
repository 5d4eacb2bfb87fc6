import ApusCore
import ApusEngine
import Testing

extension ConformanceBench {
    /// A migration that makes one table, named for its version's last number.
    private func table(_ number: Int) throws -> Migration {
        try migration(
            "1.0.\(number)", up: "CREATE TABLE t\(number) (id integer);",
            down: "DROP TABLE t\(number);")
    }

    /// Applies a migration in a run of its own and keeps what it leaves.
    private func apply(_ migration: Migration) async throws -> (RunID, SchemaSnapshot) {
        try await withLock { session in
            try await session.prepareRegistry()
            let run = try await session.beginRun(Self.runStart())
            try await succeed(migration.upStep(), session, run)
            let schema = try await session.schema()
            try await session.endRun(
                run,
                RunEnd(status: .succeeded, schema: schema, schemaMigration: migration.id))
            return (run, schema)
        }
    }

    private func recorded() async throws -> RecordedSchema {
        try await withSession { try await $0.recordedSchema() }
    }

    private func kept(_ digest: Checksum) async throws -> SchemaSnapshot? {
        try await withSession { try await $0.recordedSchema(digest) }
    }

    private func run(_ id: RunID) async throws -> RunRecord? {
        try await withSession { try await $0.run(id) }
    }

    func schemaIsRecorded() async throws {
        #expect(try await recorded() == .never)
        #expect(try await kept(Checksum(of: "nothing")) == nil)
        var schemas: [SchemaSnapshot] = []
        for number in 1...3 {
            let (run, schema) = try await apply(table(number))
            schemas.append(schema)
            #expect(try await recorded() == .left(by: run, schema.digest))
            #expect(try await kept(schema.digest)?.objects == schema.objects)
            #expect(try await kept(schema.digest)?.server == schema.server)
            #expect(try await self.run(run)?.schemaDigest == schema.digest)
        }
        #expect(try await history().applied.map(\.schemaDigest) == schemas.map(\.digest))
        try await expect(scripts.countSchemas, gives: "2")

        // In the middle of a run, with what is there no text could be mistaken for the end of.
        let last = try migration(
            "2.0.0", up: "CREATE TABLE t4 (id integer, name text DEFAULT '\\''$$\"é');",
            down: "DROP TABLE t4;")
        try await withRun { session, run in
            try await succeed(last.upStep(), session, run)
            let schema = try await session.schema()
            try await session.recordSchema(schema, after: last.id)
            #expect(try await session.history().applied.last?.schemaDigest == schema.digest)
            #expect(try await session.recordedSchema(schema.digest)?.objects == schema.objects)
        }
    }

    func undoingForgetsLaterSchemas() async throws {
        let migrations = try (1...3).map(table)
        for migration in migrations { _ = try await apply(migration) }
        let before = try await history().applied
        #expect(before.allSatisfy { $0.schemaDigest != nil })
        try await withRun { session, run in
            try await succeed(try migrations[1].downStep(), session, run)
        }
        let left = try await history().applied
        #expect(left.map(\.id) == [migrations[0].id, migrations[2].id])
        #expect(left[0].schemaDigest != nil)
        #expect(left[1].schemaDigest == nil, "the schema without the second was never seen")
    }

    func onlyEffectsForgetSchemas() async throws {
        let (first, schema) = try await apply(table(1))
        let open = try await withLock { try await $0.beginRun(Self.runStart()) }
        #expect(try await recorded() == .left(by: first, schema.digest))
        #expect(try await run(open)?.schemaDigest == nil)
        let silent = try await withRun { _, run in run }
        #expect(first < open && open < silent)
        #expect(try await recorded() == .left(by: first, schema.digest))
        let busy = try await withLock { session in
            let run = try await session.beginRun(Self.runStart())
            try await succeed(table(2).upStep(), session, run)
            return run
        }
        #expect(try await recorded() == .missing(busy, .running))
    }

    func oldRegistryIsUpgraded() async throws {
        let first = try table(1)
        let run = try await apply(first).0
        for sql in scripts.makeRegistryOld { try await value(sql) }
        func expectOld() async throws {
            let history = try await history()
            #expect(history.registry == .present(version: 1))
            #expect(history.applied.map(\.id) == [first.id])
            #expect(history.applied.map(\.schemaDigest) == [nil])
            #expect(try await self.run(run)?.id == run)
            #expect(try await self.run(run)?.schemaDigest == nil)
            #expect(try await recorded() == .missing(run, .succeeded))
            #expect(try await self.run(run)?.locks == [])
            #expect(try await kept(Checksum(of: "x")) == nil)
            let measured = try await withSession { try await $0.measurements() }
            #expect(measured.steps.map(\.migration) == [first.id])
        }
        try await expectOld()

        try await value(scripts.makeUpgradeImpossible)
        let refused = await #expect(throws: DatabaseError.self) {
            try await withLock { try await $0.prepareRegistry() }
        }
        #expect(refused?.code == .registryForeign)
        try await value(scripts.dropWhatIsInTheWay)
        try await expectOld()

        let (next, schema) = try await apply(table(2))
        let after = try await history()
        #expect(after.registry == .present(version: 5))
        #expect(after.applied.map(\.schemaDigest) == [nil, schema.digest])
        #expect(try await recorded() == .left(by: next, schema.digest))
    }
}
