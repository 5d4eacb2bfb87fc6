/// What is to be done about a schedule at a moment. Pure: reads no clock and no database.
public struct ScheduleAgenda: Hashable, Sendable {
    /// Their time is now, the earliest first.
    public var due: [ScheduleEntry]
    /// Nobody ran them in their time.
    public var missed: [ScheduleEntry]
    /// Somebody began them: they go on, or their process is gone.
    public var begun: [ScheduleEntry]
    /// Their time is still to come, the earliest first.
    public var coming: [ScheduleEntry]

    public init(_ entries: [ScheduleEntry], now: Timestamp) {
        let open = entries.filter { !$0.state.isFinal }.sorted {
            ($0.draft.notBefore, $0.id) < ($1.draft.notBefore, $1.id)
        }
        let waiting = open.filter { $0.state == .waiting }
        begun = open.filter { $0.state == .running }
        missed = waiting.filter { $0.draft.notAfter < now }
        due = waiting.filter { $0.draft.notBefore <= now && now <= $0.draft.notAfter }
        coming = waiting.filter { now < $0.draft.notBefore }
    }
}

extension ScheduleEntry.Draft {
    /// The times in which another run would get in the way of this one.
    ///
    /// Of a revert that is the time before it: as long as it waits, the database has to stay what the
    /// run left, or what is taken back would be something else.
    func occupied(from created: Timestamp) -> ClosedRange<Timestamp> {
        kind == .revert ? min(created, notBefore)...notBefore : notBefore...notAfter
    }

    /// The entry that is open and whose time overlaps with this one's; `now` is when this one begins
    /// to wait.
    public func overlapping(
        among entries: [ScheduleEntry], now: Timestamp
    ) -> ScheduleEntry? {
        let own = occupied(from: now)
        return entries.sorted { $0.id < $1.id }.first { entry in
            !entry.state.isFinal
                && (entry.kind == .revert && kind == .revert
                    || own.overlaps(entry.draft.occupied(from: entry.createdAt)))
        }
    }
}
