import ApusCore
import ApusEngine
import Testing

extension ConformanceBench {
    private func draft(
        _ said: String, kind: ScheduleEntry.Kind = .migrate, reverts: RunID? = nil
    ) -> ScheduleEntry.Draft {
        ScheduleEntry.Draft(
            kind: kind, goal: #"{"undo":"1.2.0 ‘it’"}"#, summary: "Undoes ‘it’",
            planDigest: Checksum(of: said),
            notBefore: Timestamp(microseconds: 1_743_210_000_000_001),
            notAfter: Timestamp(microseconds: 1_743_217_200_123_456), said: said,
            createdBy: "ana@laptop", reverts: reverts)
    }

    func scheduleIsKept() async throws {
        try await withSession { session in
            let none = try await session.schedule(limit: 10)
            #expect(none.isEmpty)
            #expect(try await session.scheduled(ScheduleID(1)) == nil)
        }
        let (first, second) = try await withRun { session, run in
            (
                try await session.addToSchedule(draft("at +2h")),
                try await session.addToSchedule(
                    draft("30m", kind: .revert, reverts: run))
            )
        }
        try await withSession { session in
            let all = try await session.schedule(limit: 10)
            #expect(all.map(\.id) == [second, first])
            let entry = try #require(try await session.scheduled(first))
            #expect(entry.draft == draft("at +2h"))
            #expect(entry.state == .waiting && entry.run == nil && entry.endedAt == nil)
            #expect(all.first?.draft.reverts != nil)
            // What is open is listed, however much came after it.
            #expect(try await session.schedule(limit: 0).map(\.id) == [second, first])
        }
    }

    func scheduleChangesFromItsState() async throws {
        let id = try await withRun { session, _ in
            try await session.addToSchedule(draft("at +2h"))
        }
        try await withSession { session in
            let window = Timestamp(microseconds: 5)...Timestamp(microseconds: 7)
            let moved = try await session.changeSchedule(
                id, ScheduleChange(from: [.waiting], to: .waiting, window: window))
            #expect(moved)
            let begun = try await session.changeSchedule(
                id, ScheduleChange(from: [.waiting], to: .running, run: RunID(9)))
            #expect(begun)
            let again = try await session.changeSchedule(
                id, ScheduleChange(from: [.waiting], to: .cancelled))
            #expect(!again)
            let ended = try await session.changeSchedule(
                id, ScheduleChange(from: [.running], to: .failed, message: "it’s broken"))
            #expect(ended)
            let entry = try #require(try await session.scheduled(id))
            #expect(entry.state == .failed && entry.run == RunID(9))
            #expect(entry.message == "it’s broken" && entry.endedAt != nil)
            #expect(entry.draft.notBefore == window.lowerBound)
            #expect(entry.draft.notAfter == window.upperBound)
            #expect(try await session.schedule(limit: 0).isEmpty)
        }
    }

    func scheduleIsClaimedOnce() async throws {
        let id = try await withRun { session, _ in
            try await session.addToSchedule(draft("at +2h"))
        }
        let driver = driver
        let claims = try await withThrowingTaskGroup(of: Bool.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    let session = try await driver.openSession()
                    let isOurs = try await session.changeSchedule(
                        id, ScheduleChange(from: [.waiting], to: .running))
                    await session.close()
                    return isOurs
                }
            }
            return try await group.reduce(into: [Bool]()) { $0.append($1) }
        }
        #expect(claims.filter(\.self).count == 1)
    }
}
