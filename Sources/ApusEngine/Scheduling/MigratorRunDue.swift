public import ApusCore

extension Migrator {
    /// Runs what is due now, and says what was missed. Returns when nothing is due any more.
    ///
    /// As many as like may call it at once, on many machines: whoever holds the migration lock takes
    /// an entry, and it is run once. What a dead process had begun is settled first.
    public func runDue(
        events: @escaping @Sendable (ScheduleEntry, RunEvent) -> Void = { _, _ in }
    ) async throws(Diagnostics) -> [DueOutcome] {
        var outcomes: [DueOutcome] = []
        var entries = try await schedule(limit: 0)
        for entry in entries where entry.state == .running { try await settleDead(entry) }
        if entries.contains(where: { $0.state == .running }) {
            entries = try await schedule(limit: 0)
        }
        let agenda = ScheduleAgenda(entries, now: now())
        for entry in agenda.missed {
            let change = ScheduleChange(
                from: [.waiting], to: .missed, message: "nobody ran it in its time")
            if try await self.change(entry.id, change) {
                outcomes.append(DueOutcome(entry: entry, ending: .refused(entry.missedReport)))
            }
        }
        for entry in agenda.due {
            guard !Task.isCancelled else { break }
            if let outcome = try await perform(entry, events) { outcomes.append(outcome) }
        }
        return outcomes
    }

    /// Runs one entry that waits; `nil` where somebody else has it.
    func perform(
        _ entry: ScheduleEntry,
        _ events: @escaping @Sendable (ScheduleEntry, RunEvent) -> Void
    ) async throws(Diagnostics) -> DueOutcome? {
        do throws(Diagnostics) {
            let report =
                if let run = entry.draft.reverts {
                    try await takeBack(run, entry) { events(entry, $0) }
                } else {
                    try await run(entry) { events(entry, $0) }
                }
            return DueOutcome(entry: entry, ending: .ran(report))
        } catch {
            let problem = error.all[0]
            if problem.code == .scheduleSettled { return nil }
            switch problem.code.outcome {
            case .lock, .connection, .interrupted:
                return DueOutcome(entry: entry, ending: .postponed(problem))
            default: break
            }
            let told = ([problem.message] + problem.details).joined(separator: "\n")
            // What nobody confirmed is taken back: what was in the way may be gone in a minute.
            if entry.kind == .revert, problem.code != .planChanged,
                let later = RevertTerms.nextAttempt(of: entry, now: now())
            {
                _ = try await change(
                    entry.id,
                    ScheduleChange(
                        from: [.waiting], to: .waiting, message: told, window: later))
                return DueOutcome(entry: entry, ending: .postponed(problem))
            }
            let isDone = try await change(
                entry.id,
                ScheduleChange(
                    from: [.waiting], to: problem.code == .planChanged ? .changed : .failed,
                    message: told))
            return isDone ? DueOutcome(entry: entry, ending: .refused(problem)) : nil
        }
    }

    private func run(
        _ entry: ScheduleEntry, _ events: @escaping @Sendable (RunEvent) -> Void
    ) async throws(Diagnostics) -> Report {
        guard let wanted = ScheduledGoal(entry.draft.goal) else {
            throw Diagnostics([
                Diagnostic(
                    .internalError,
                    "entry \(entry.id) of the schedule wants what this Apus does not know",
                    help: ["use the Apus that wrote it, or a later one"])
            ])
        }
        var migrator = wanted.applied(to: executor(of: entry))
        migrator.options.scheduled = entry.id
        return try await migrator.run(
            wanted.goal, expecting: entry.draft.planDigest, events: events)
    }

    /// Rolls back what is left of a run: all of it by the plan that was agreed to, or, where the run or
    /// an earlier attempt stopped midway, the part that is there.
    private func takeBack(
        _ run: RunID, _ entry: ScheduleEntry, _ events: @escaping @Sendable (RunEvent) -> Void
    ) async throws(Diagnostics) -> Report {
        var migrator = executor(of: entry)
        migrator.options.scheduled = entry.id
        migrator.options.takesBack = true
        // What was rehearsed was the way up; nobody waits for a rehearsal now.
        migrator.options.rehearsal = nil
        // What was applied is undone by what was kept of it, whatever has become of its file.
        migrator.options.planning.down = .stored
        if ScheduledGoal(entry.draft.goal)?.goesWithoutBackup == true {
            migrator.options.backup = .never
        }
        let (record, history) = try await withSession { (session) throws(Diagnostics) in
            try await asking { () async throws(DatabaseError) in
                // A run that goes on holds the lock, and lets the revert's time begin at its end.
                try await session.acquireLock(waitingAtMost: .zero) { _ in }
                try await session.checkIsDue(entry.id, now: now())
                let found = (
                    try await session.run(run), try await session.history(withTexts: false)
                )
                try await session.releaseLock()
                return found
            }
        }
        switch RevertRemainder(of: run, history) {
        case .last(let count):
            let isWhole = record?.status == .succeeded && entry.run == nil
            let outlook = try await migrator.outlook(.undoLast(count))
            return try await migrator.run(
                outlook, expecting: isWhole ? entry.draft.planDigest : outlook.plan.digest,
                events: events)
        case .nothing where entry.run != nil:
            // The attempt before this one had undone everything when its process ended.
            _ = try await change(entry.id, ScheduleChange(from: [.waiting], to: .done))
            return .nothingToDo(try await migrator.outlook(.undoLast(0)).plan)
        case .nothing:
            throw Self.otherPlan("nothing of run \(run) is applied any more")
        case .disturbed(let id):
            throw Self.otherPlan("\(id.title) was applied after run \(run)")
        }
    }

    private static func otherPlan(_ reason: String) -> Diagnostics {
        Diagnostics([
            Diagnostic(
                .planChanged, "the plan is not the one that was agreed to", details: [reason],
                state: "nothing was run.", help: ["look: apus status", "apus runs list"])
        ])
    }

    private func executor(of entry: ScheduleEntry) -> Migrator {
        var migrator = self
        migrator.options.revert = nil
        migrator.options.audit = nil
        migrator.options.startedBy = "\(options.startedBy) for \(entry.draft.createdBy)"
        return migrator
    }

    // MARK: What a dead process left

    /// Settles an entry that is `running` while nobody holds the lock. One whose process lives is left
    /// alone.
    private func settleDead(_ entry: ScheduleEntry) async throws(Diagnostics) {
        do throws(Diagnostics) {
            try await withSession { (session) throws(Diagnostics) in
                try await asking { () async throws(DatabaseError) in
                    try await session.acquireLock(waitingAtMost: .zero) { _ in }
                    if let now = try await session.scheduled(entry.id), now.state == .running {
                        var run: RunRecord?
                        if let id = now.run { run = try await session.run(id) }
                        _ = try await session.changeSchedule(
                            entry.id, Self.settlement(of: now, run))
                        failpoint("schedule.dead-settled")
                    }
                    try await session.releaseLock()
                }
            }
        } catch {
            guard error.all[0].code.outcome == .lock else { throw error }
        }
    }

    /// What becomes of an entry whose process died. Pure.
    static func settlement(of entry: ScheduleEntry, _ run: RunRecord?) -> ScheduleChange {
        guard let run else {
            return ScheduleChange(from: [.running], to: .waiting)
        }
        switch run.status {
        case .succeeded: return ScheduleChange(from: [.running], to: .done)
        case .failed:
            return ScheduleChange(from: [.running], to: .failed, message: run.failureMessage)
        case .running, .interrupted:
            if entry.kind == .revert {
                return ScheduleChange(
                    from: [.running], to: .waiting,
                    message: "run \(run.id) was interrupted; it goes on")
            }
            return ScheduleChange(
                from: [.running], to: .failed,
                message: "run \(run.id) was interrupted: its process died")
        }
    }

    /// Changes an entry; whether it was in a state that allowed it.
    func change(
        _ id: ScheduleID, _ change: ScheduleChange
    ) async throws(Diagnostics) -> Bool {
        try await withSession { (session) throws(Diagnostics) in
            try await asking { () async throws(DatabaseError) in
                try await session.changeSchedule(id, change)
            }
        }
    }
}
