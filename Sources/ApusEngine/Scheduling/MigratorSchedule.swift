public import ApusCore

/// What is to be run at its time: written down, looked at, taken away.
extension Migrator {
    /// Writes down that a goal's plan is to be run at its time, exactly this plan.
    ///
    /// Plans under the lock, makes or upgrades the registry where that is needed, and runs nothing.
    /// Throws what stands against the plan, `plan-changed`, and `schedule-overlap` where something
    /// else is scheduled for the same time.
    ///
    /// - Parameter digest: Where given, only exactly that plan is written down.
    /// - Returns: `nil` where the plan changes nothing, so that there is nothing to schedule.
    public func schedule(
        _ goal: Goal, at time: ScheduleTime, expecting digest: Checksum? = nil
    ) async throws(Diagnostics) -> ScheduleEntry? {
        let files = try files(for: goal)
        return try await withSession { (session) throws(Diagnostics) in
            let first = try await plan(goal, files, session)
            try first.check(digest)
            if first.changesNothing { return nil }
            try await lock(session) { _ in }
            failpoint("schedule.locked")
            let plan = try await plan(goal, files, session)
            try plan.check(digest)
            let draft = ScheduleEntry.Draft(
                kind: goal.runKind == .rollback ? .rollback : .migrate,
                goal: ScheduledGoal(fixing: plan, options).description, summary: plan.sentence,
                planDigest: plan.digest, notBefore: time.notBefore, notAfter: time.notAfter,
                said: time.said, createdBy: options.startedBy)
            let entry = try await add(draft, session)
            try await asking { () async throws(DatabaseError) in try await session.releaseLock() }
            return entry
        }
    }

    private func add(
        _ draft: ScheduleEntry.Draft, _ session: any DatabaseSession
    ) async throws(Diagnostics) -> ScheduleEntry {
        try await checkOverlap(of: draft, session)
        return try await asking { () async throws(DatabaseError) in
            try await session.prepareRegistry()
            failpoint("schedule.registry-ready")
            let intent: AuditID? =
                if let audit = options.audit { try await session.recordIntent(audit) } else { nil }
            let id = try await session.addToSchedule(draft)
            failpoint("schedule.added")
            if let intent { try await session.recordOutcome(of: intent, "done", run: nil) }
            guard let entry = try await session.scheduled(id) else {
                throw DatabaseError(.internalError, "entry \(id) of the schedule is not there")
            }
            return entry
        }
    }

    /// Throws `schedule-overlap` where an open entry has a moment in common with a new one.
    func checkOverlap(
        of draft: ScheduleEntry.Draft, _ session: any DatabaseSession
    ) async throws(Diagnostics) {
        let open = try await asking { () async throws(DatabaseError) in
            try await session.schedule(limit: 0)
        }
        guard let other = draft.overlapping(among: open, now: now()) else { return }
        let way =
            if let run = other.draft.reverts {
                "confirm run \(run) first: apus confirm \(run)"
            } else {
                "take it away: apus schedule cancel \(other.id)"
            }
        throw Diagnostics([
            Diagnostic(
                .scheduleOverlap, "entry \(other.id) of the schedule is in the way",
                details: [
                    other.draft.reverts.map { "run \($0) waits for its confirmation" }
                        ?? other.draft.summary,
                    "from \(other.draft.notBefore.isoText) to \(other.draft.notAfter.isoText) (\(other.draft.said))",
                ], state: "nothing was run, and nothing was scheduled.",
                help: [way, "see the schedule: apus schedule list"])
        ])
    }

    /// All entries that are open, and the latest `limit` whatever became of them, newest first.
    public func schedule(limit: Int = 20) async throws(Diagnostics) -> [ScheduleEntry] {
        try await withLook { (session) throws(Diagnostics) in
            try await asking { () async throws(DatabaseError) in
                try await session.schedule(limit: limit)
            }
        }
    }

    /// One entry. Throws `schedule-unknown`.
    public func scheduled(_ id: ScheduleID) async throws(Diagnostics) -> ScheduleEntry {
        let found = try await withLook { (session) throws(Diagnostics) in
            try await asking { () async throws(DatabaseError) in try await session.scheduled(id) }
        }
        guard let found else {
            throw Diagnostics([
                Diagnostic(
                    .scheduleUnknown, "the schedule has no entry \(id)",
                    help: ["apus schedule list"])
            ])
        }
        return found
    }

    /// Takes away an entry that waits, or the report of one that was missed, changed or failed.
    ///
    /// Throws `schedule-unknown`; `schedule-settled` for what runs or has ended otherwise, and for a
    /// run that waits for its confirmation: that is confirmed instead.
    public func cancelScheduled(_ id: ScheduleID) async throws(Diagnostics) -> ScheduleEntry {
        let entry = try await scheduled(id)
        guard entry.kind != .revert || entry.state.isFinal else {
            throw Diagnostics([
                Diagnostic(
                    .scheduleSettled,
                    "entry \(id) takes run \(entry.draft.reverts?.description ?? "?") back unless it is confirmed",
                    help: [
                        "to keep what the run did: apus confirm \(entry.draft.reverts?.description ?? "RUN")"
                    ])
            ])
        }
        return try await settle(
            entry,
            ScheduleChange(
                from: [.waiting, .missed, .changed, .failed], to: .cancelled,
                message: entry.state == .waiting
                    ? "cancelled by \(options.startedBy)"
                    : "it was \(entry.state.rawValue), and \(options.startedBy) took the report away"
            ))
    }

    /// Confirms a run that would be taken back otherwise.
    ///
    /// Throws `schedule-unknown` where the run waits for no confirmation, `schedule-settled` where it
    /// is being taken back, or was.
    public func confirm(_ run: RunID) async throws(Diagnostics) -> ScheduleEntry {
        let entries = try await schedule(limit: 1000)
        guard let entry = entries.first(where: { $0.draft.reverts == run }) else {
            throw Diagnostics([
                Diagnostic(
                    .scheduleUnknown, "run \(run) waits for no confirmation",
                    help: ["see what waits: apus schedule list"])
            ])
        }
        return try await settle(
            entry,
            ScheduleChange(
                from: [.waiting], to: .confirmed, message: "confirmed by \(options.startedBy)"))
    }

    private func settle(
        _ entry: ScheduleEntry, _ change: ScheduleChange
    ) async throws(Diagnostics) -> ScheduleEntry {
        try await withSession { (session) throws(Diagnostics) in
            let (isDone, now) = try await asking { () async throws(DatabaseError) in
                let intent: AuditID? =
                    if let audit = options.audit {
                        try await session.recordIntent(audit)
                    } else { nil }
                let isDone = try await session.changeSchedule(entry.id, change)
                failpoint("schedule.settled")
                if let intent {
                    try await session.recordOutcome(
                        of: intent, isDone ? "done" : DiagnosticCode.scheduleSettled.rawValue,
                        run: entry.draft.reverts)
                }
                return (isDone, try await session.scheduled(entry.id))
            }
            guard isDone, let now else {
                throw Diagnostics([
                    Diagnostic(
                        .scheduleSettled,
                        "entry \(entry.id) of the schedule is \((now ?? entry).state.rawValue)",
                        details: [now?.message].compactMap(\.self),
                        help: ["see what became of it: apus schedule show \(entry.id)"])
                ])
            }
            return now
        }
    }
}
