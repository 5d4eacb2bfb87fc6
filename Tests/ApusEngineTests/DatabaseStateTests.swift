import ApusCore
import ApusEngine
import Foundation
import SystemPackage
import Testing

@Suite struct DatabaseStateTests {
    private let work: Workplace

    init() throws { work = try Workplace() }

    @Test func `each migration stands somewhere`() async throws {
        for name in ["1.0.0 same", "1.1.0 changed", "1.2.0 missing", "1.4.0 last"] {
            try work.migration(name)
        }
        let down = try work.migration("1.5.0 down", "irreversible it is so", down: "")
        try await work.migrator().migrate()
        try FileManager.default.removeItem(
            atPath: work.migrations.appending("20250103_000000_1.2.0_missing.sql").string)
        try work.migration("1.1.0 changed", up: "CREATE TABLE changed (b TEXT);")
        try work.migration("1.3.0 late")
        try work.migration("1.6.0 new")
        #expect(work.exists(down))

        let state = try await work.migrator {
            $0.catalogue = Catalogue(
                applicationVersion: version("1.0.0"), minimumDatabase: version("1.0.0"),
                database: version("1.4.0"))
        }.state()
        #expect(
            state.migrations.map { "\($0.id.title): \($0.status.rawValue)" } == [
                "1.0.0 same: applied", "1.1.0 changed: changed", "1.2.0 missing: missing",
                "1.3.0 late: late", "1.4.0 last: applied", "1.5.0 down: applied",
                "1.6.0 new: pending",
            ])
        #expect(state.migrations.map(\.canRollBack) == [true, true, true, true, true, false, true])
        #expect(state.version == version("1.5.0"))
        #expect(state.pending.map(\.id.title) == ["1.6.0 new"])
        #expect(state.drift.map(\.code) == [.appliedChanged, .appliedMissing])
        #expect(state.hasDrift)
        #expect(state.compatibility.verdict == .databaseAhead)
        #expect(state.facts.readOnlyReason == nil)
        #expect(state.target.name == "guests.sqlite")
    }

    @Test func `an empty database waits for everything`() async throws {
        try work.migration("1.0.0 users")
        let state = try await work.migrator().state()
        #expect(state.version == nil)
        #expect(state.migrations.map(\.status) == [.pending])
        #expect(state.history.registry == .absent(userTables: 0))
        #expect(!state.hasDrift)
    }

    @Test func `an edited comment is no changed migration`() async throws {
        try work.migration("1.0.0 users")
        try await work.migrator().migrate()
        try work.migration("1.0.0 users", up: "-- why\nCREATE TABLE users (a INTEGER);")
        let state = try await work.migrator().state()
        #expect(state.migrations.map(\.status) == [.applied])
        #expect(state.drift.map(\.severity) == [.notice])
        #expect(!state.hasDrift)
    }
}
