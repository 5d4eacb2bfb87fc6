import ApusCore
import ApusEngine
import Testing

extension ConformanceBench {
    func schema() async throws -> SchemaSnapshot {
        try await withSession { try await $0.schema() }
    }

    func schemaIsRead() async throws {
        let before = try await value(scripts.countAllTables)
        let empty = try await schema()
        #expect(empty.engine == driver.engine)
        #expect(empty.server.hasPrefix(driver.engine.displayName))
        #expect(!empty.objects.contains { $0.kind == .table })
        #expect(try await value(scripts.countAllTables) == before, "reading created something")

        try await withRun { session, run in
            let rich = try migration("1.0.0", up: scripts.richSchema, down: "SELECT 1;")
            try await succeed(rich.upStep(), session, run)
            // Under the lock, as a run reads it.
            #expect(try await session.schema() == schema())
        }
        let objects = try await schema().objects
        func isThere(_ kind: SchemaObject.Kind, _ name: String) -> Bool {
            objects.contains {
                $0.kind == kind && ($0.name == name || $0.name.hasSuffix(".\(name)"))
            }
        }
        #expect(isThere(.table, "guests") && isThere(.table, "trips"))
        #expect(!objects.contains { $0.name.contains("apus") }, "Apus's own tables are left out")
        guard query != nil else { return }
        #expect(isThere(.column, "trips.title"))
        #expect(isThere(.index, "guests_by_trip"))
        #expect(isThere(.view, "guest_names"))
        #expect(isThere(.trigger, "guests.guests_touch"))
    }

    func schemaSurvivesARoundTrip() async throws {
        let first = try migration("1.0.0", up: scripts.richSchema, down: scripts.dropRichSchema)
        let second = try migration(
            "2.0.0",
            up: "ALTER TABLE guests ADD COLUMN note text;\nCREATE TABLE later (id integer);",
            down: "DROP TABLE later;\nALTER TABLE guests DROP COLUMN note;")
        var seen: [SchemaSnapshot] = []
        try await withRun { session, run in
            for step in [
                first.upStep(), second.upStep(), try second.downStep(), second.upStep(),
                try second.downStep(), try first.downStep(), first.upStep(),
            ] {
                try await succeed(step, session, run)
                seen.append(try await session.schema())
            }
        }
        func expectEqual(_ left: Int, _ right: Int) {
            #expect(SchemaDifference.between(seen[left], seen[right]).lines == [])
            #expect(seen[left].digest == seen[right].digest)
        }
        #expect(seen[0].digest != seen[1].digest)
        #expect(seen[0].digest != seen[5].digest)
        expectEqual(0, 2)
        expectEqual(1, 3)
        expectEqual(0, 4)
        expectEqual(0, 6)
    }
}
