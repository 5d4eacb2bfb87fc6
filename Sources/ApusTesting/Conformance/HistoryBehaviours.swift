import ApusCore
import ApusEngine
import Testing

extension ConformanceBench {
    func historyKeepsOrder() async throws {
        // Neither the order of the versions nor that of the letters.
        let versions = ["2.0.0", "1.0.0", "10.0.0", "1.5.0-rc.1"]
        try await withRun { session, run in
            for version in versions {
                let step = try migration(version, up: "SELECT 1;", down: "SELECT 1;")
                try await succeed(step.upStep(), session, run)
            }
            try await succeed(
                try migration("1.0.0", up: "SELECT 1;", down: "SELECT 1;").downStep(), session, run)
            try await succeed(
                try migration("1.0.0", up: "SELECT 1;", down: "SELECT 1;").upStep(), session, run)
        }
        #expect(
            try await history().applied.map(\.id.version.description)
                == ["2.0.0", "10.0.0", "1.5.0-rc.1", "1.0.0"])
    }

    func historyKeepsEveryField() async throws {
        let migration = try migration(
            "1.0.0-rc.1+build.7", up: "SELECT 'Zoë ☃ 🦅 ''quoted'' \\ back';", down: "SELECT 1;",
            directive: "minimum-application 1.2.3-beta.4", lineEnding: "\r\n", bom: true)
        let earlier = try #require(MigrationID("20240101_000000_0.9.0_früher-1.x"))
        var step = migration.upStep()
        step.record?.dependencies = [earlier]
        step.record?.irreversibleReason = "rows were merged; \"no\" way back"
        var independent = try self.migration("1.1.0", up: "SELECT 1;", down: "SELECT 1;").upStep()
        independent.record?.dependencies = []
        independent.record?.text = nil
        independent.record?.downMeaning = nil
        let (full, bare) = (step, independent)

        let before = Timestamp.now
        let run = try await withRun { session, run in
            try await succeed(full, session, run)
            try await succeed(bare, session, run)
            return run
        }
        let applied = try await history().applied
        try #require(applied.count == 2)
        let first = applied[0]
        #expect(first.id.description == migration.id.description)
        #expect(first.checksum == migration.checksum)
        #expect(first.upMeaning == migration.up.meaning)
        #expect(first.downMeaning == migration.down?.meaning)
        #expect(first.text == .whole(migration.source.bytes(0..<migration.source.count)))
        let unread = try await withSession { try await $0.history(withTexts: false) }.applied
        #expect(unread.map(\.text) == [.unread, nil])
        #expect(unread.map(\.checksum) == applied.map(\.checksum))
        #expect(first.dependencies == [earlier])
        #expect(first.minimumApplication?.description == "1.2.3-beta.4")
        #expect(first.irreversibleReason == "rows were merged; \"no\" way back")
        #expect(first.run == run)
        #expect(first.appliedBy.contains("ana@laptop"))
        #expect(first.duration >= .zero && first.duration < .seconds(60))
        // A server may be on another machine, with another clock.
        let minutes: Int64 = 5 * 60 * 1_000_000
        #expect(abs(first.appliedAt.microseconds - before.microseconds) < minutes)
        let second = applied[1]
        #expect(second.dependencies == [])
        #expect(second.text == nil && second.downMeaning == nil)
        #expect(second.minimumApplication == nil && second.irreversibleReason == nil)
        #expect(second.appliedAt >= first.appliedAt)
    }

    func largeFileKeepsItsDown() async throws {
        let down = Array("DROP TABLE things;\r\n-- \u{0} ünd so fort".utf8)
        var step = try things().upStep()
        step.record?.text = .down(down, transaction: .none)
        let large = step
        try await withRun { session, run in try await succeed(large, session, run) }
        #expect(try await history().applied.first?.text == .down(down, transaction: .none))
    }
}
