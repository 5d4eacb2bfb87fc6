import ApusCore
import Testing

@Suite("What a schedule asks for at a moment")
struct ScheduleAgendaTests {
    private func entry(
        _ number: Int64, _ from: Int64, _ to: Int64, kind: ScheduleEntry.Kind = .migrate,
        _ state: ScheduleEntry.State = .waiting, created: Int64 = 0
    ) -> ScheduleEntry {
        ScheduleEntry(
            id: ScheduleID(number),
            draft: .init(
                kind: kind, goal: "{}", summary: "", planDigest: Checksum(of: ""),
                notBefore: Timestamp(microseconds: from), notAfter: Timestamp(microseconds: to),
                said: "", createdBy: "ana", reverts: kind == .revert ? RunID(1) : nil),
            createdAt: Timestamp(microseconds: created), state: state)
    }

    @Test func `an entry is coming, due and missed in turn, both ends of its window included`() {
        func place(at now: Int64) -> [Int] {
            let agenda = ScheduleAgenda([entry(1, 10, 20)], now: Timestamp(microseconds: now))
            return [agenda.coming.count, agenda.due.count, agenda.missed.count]
        }
        #expect(place(at: 9) == [1, 0, 0])
        #expect(place(at: 10) == [0, 1, 0])
        #expect(place(at: 20) == [0, 1, 0])
        #expect(place(at: 21) == [0, 0, 1])
    }

    @Test func `what is due comes in the order of its time, and what has ended not at all`() {
        let agenda = ScheduleAgenda(
            [
                entry(3, 5, 50), entry(1, 7, 50), entry(2, 5, 50), entry(4, 5, 50, .done),
                entry(5, 5, 50, .running), entry(6, 5, 6, .cancelled),
            ], now: Timestamp(microseconds: 10))
        #expect(agenda.due.map(\.id.number) == [2, 3, 1])
        #expect(agenda.begun.map(\.id.number) == [5])
        #expect(agenda.missed.isEmpty)
    }

    @Test(arguments: [
        (30, 40, false), (21, 40, false), (20, 40, true), (1, 10, true), (1, 9, false),
        (12, 15, true), (1, 99, true),
    ])
    func `two windows overlap where they have a moment in common`(
        _ from: Int64, _ to: Int64, _ overlaps: Bool
    ) {
        let other = entry(1, 10, 20)
        let found = entry(2, from, to).draft.overlapping(
            among: [other], now: Timestamp(microseconds: 0))
        #expect((found == other) == overlaps)
    }

    @Test func `what has ended overlaps with nothing`() {
        #expect(
            entry(2, 10, 20).draft.overlapping(
                among: [entry(1, 10, 20, .cancelled)], now: Timestamp(microseconds: 0)) == nil)
    }

    @Test func `a revert needs the time before it for itself, and not the time behind it`() {
        let revert = entry(1, 30, 1000, kind: .revert, created: 10)
        let now = Timestamp(microseconds: 5)
        #expect(entry(2, 12, 15).draft.overlapping(among: [revert], now: now) == revert)
        #expect(entry(2, 5, 9).draft.overlapping(among: [revert], now: now) == nil)
        #expect(entry(2, 31, 40).draft.overlapping(among: [revert], now: now) == nil)
        #expect(
            entry(2, 90, 95, kind: .revert).draft.overlapping(among: [revert], now: now) == revert)
    }
}
