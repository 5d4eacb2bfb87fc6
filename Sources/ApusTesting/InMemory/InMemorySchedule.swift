public import ApusCore
public import ApusEngine

extension InMemorySession {
    public func addToSchedule(
        _ draft: ScheduleEntry.Draft
    ) async throws(DatabaseError) -> ScheduleID {
        store.change { content in
            let id = ScheduleID(Int64(content.schedule.count) + 1)
            content.schedule.append(ScheduleEntry(id: id, draft: draft, createdAt: .now))
            return id
        }
    }

    public func changeSchedule(
        _ id: ScheduleID, _ change: ScheduleChange
    ) async throws(DatabaseError) -> Bool {
        store.change { content in
            guard
                let index = content.schedule.firstIndex(where: {
                    $0.id == id && change.from.contains($0.state)
                })
            else { return false }
            content.schedule[index].state = change.to
            content.schedule[index].endedAt = change.to.isFinal ? .now : nil
            if let run = change.run { content.schedule[index].run = run }
            if let message = change.message { content.schedule[index].message = message }
            if let window = change.window {
                content.schedule[index].draft.notBefore = window.lowerBound
                content.schedule[index].draft.notAfter = window.upperBound
            }
            return true
        }
    }

    public func schedule(limit: Int) async throws(DatabaseError) -> [ScheduleEntry] {
        let entries = store.read(\.schedule)
        let latest = Set(entries.suffix(max(0, limit)).map(\.id))
        return entries.reversed().filter { !$0.state.isFinal || latest.contains($0.id) }
    }

    public func scheduled(_ id: ScheduleID) async throws(DatabaseError) -> ScheduleEntry? {
        store.read(\.schedule).first { $0.id == id }
    }
}
