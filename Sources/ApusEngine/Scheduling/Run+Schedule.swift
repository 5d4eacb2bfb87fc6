import ApusCore

/// The rows of the schedule that a run changes. All of it is done under the lock: a row that is
/// `running` while nobody holds the lock belongs to a process that died.
extension Run {
    /// Takes the entry that this run is for. Of many that come at once, the first gets the lock and
    /// takes it.
    func claimEntry() async throws(DatabaseError) {
        guard let entry = migrator.options.scheduled else { return }
        try await session.checkIsDue(entry, now: migrator.now())
        guard
            try await session.changeSchedule(
                entry, ScheduleChange(from: [.waiting], to: .running))
        else { throw .settled(entry) }
        failpoint("run.claimed")
    }

    /// Says which run came of the entry.
    func attachEntry(to run: RunID) async throws(DatabaseError) {
        guard let entry = migrator.options.scheduled else { return }
        _ = try await session.changeSchedule(
            entry, ScheduleChange(from: [.running], to: .running, run: run))
    }

    /// What takes this run back, as it is written before the first step; `nil` where nobody asked.
    ///
    /// Throws `irreversible`, and `schedule-overlap` where something else has that time.
    func revertDraft(
        _ plan: Plan, _ history: History
    ) async throws(Diagnostics) -> ScheduleEntry.Draft? {
        guard let terms = migrator.options.revert else { return nil }
        let revert = try migrator.revertPlan(of: plan, history, files.migrations)
        let window = terms.window(from: migrator.now())
        var goal = ScheduledGoal(revert.goal)
        goal.goesWithoutBackup = migrator.options.backup == .never
        let draft = ScheduleEntry.Draft(
            kind: .revert, goal: goal.description, summary: revert.sentence,
            planDigest: revert.digest, notBefore: window.lowerBound, notAfter: window.upperBound,
            said: "unless confirmed within \(terms.patience.inWholeUnits)",
            createdBy: migrator.options.startedBy)
        if history.registry.isPresent { try await migrator.checkOverlap(of: draft, session) }
        return draft
    }

    /// Writes what takes this run back, before its first step: whatever ends this process, the next
    /// one finds it.
    func promise(
        _ draft: ScheduleEntry.Draft?, of run: RunID
    ) async throws(DatabaseError) -> ScheduleID? {
        guard var draft else { return nil }
        draft.reverts = run
        let id = try await session.addToSchedule(draft)
        failpoint("run.revert-promised")
        return id
    }

    /// Closes the entry that the run was for, and lets the time of its revert begin.
    func settleEntries(_ report: inout Report) async {
        do throws(DatabaseError) {
            if let entry = migrator.options.scheduled {
                _ = try await session.changeSchedule(entry, try await end(of: report, entry))
                failpoint("run.entry-settled")
            }
            if report.outcomes.contains(where: { $0.direction == .down }) {
                try await settleUndoneReverts(report)
            }
            if let entry = report.revert, let terms = migrator.options.revert {
                _ = try await session.changeSchedule(
                    entry,
                    report.outcomes.contains { $0.failure?.effect != .unchanged }
                        ? ScheduleChange(
                            from: [.waiting], to: .waiting,
                            window: terms.window(from: migrator.now()))
                        : ScheduleChange(
                            from: [.waiting], to: .cancelled, message: "the run applied nothing"))
                failpoint("run.revert-waits")
            }
        } catch {
            var warning = error.diagnostic
            warning.severity = .warning
            warning.message = "the schedule could not be told of the run: \(warning.message)"
            warning.help = ["apus run-due settles it"]
            report.warnings.append(warning)
        }
    }

    /// Whoever undid by hand what a run had made has nothing to confirm any more.
    private func settleUndoneReverts(_ report: Report) async throws(DatabaseError) {
        let open = try await session.schedule(limit: 0).filter {
            $0.kind == .revert && $0.state == .waiting && $0.id != migrator.options.scheduled
        }
        guard !open.isEmpty else { return }
        let history = try await session.history(withTexts: false)
        for entry in open {
            guard let run = entry.draft.reverts, RevertRemainder(of: run, history) == .nothing
            else { continue }
            _ = try await session.changeSchedule(
                entry.id,
                ScheduleChange(
                    from: [.waiting], to: .cancelled,
                    message: "run \(run) was undone by run \(report.run?.description ?? "?")"))
        }
    }

    private func end(
        of report: Report, _ id: ScheduleID
    ) async throws(DatabaseError) -> ScheduleChange {
        guard let failure = report.failure else {
            return ScheduleChange(from: [.running], to: .done)
        }
        // What was begun to be taken back is taken back.
        if migrator.options.takesBack, failure.code == .interrupted {
            return ScheduleChange(from: [.running], to: .waiting, message: failure.message)
        }
        if migrator.options.takesBack, report.outcomes.isEmpty,
            let entry = try await session.scheduled(id),
            let later = RevertTerms.nextAttempt(of: entry, now: migrator.now())
        {
            return ScheduleChange(
                from: [.running], to: .waiting, message: failure.message, window: later)
        }
        return ScheduleChange(from: [.running], to: .failed, message: failure.message)
    }
}

extension DatabaseSession {
    /// Throws `schedule-settled` where an entry does not wait any more, or its time was moved. Asked
    /// under the lock.
    func checkIsDue(_ id: ScheduleID, now: Timestamp) async throws(DatabaseError) {
        guard let entry = try await scheduled(id), entry.state == .waiting,
            entry.draft.notBefore <= now
        else { throw .settled(id) }
    }
}

extension DatabaseError {
    fileprivate static func settled(_ entry: ScheduleID) -> DatabaseError {
        DatabaseError(
            .scheduleSettled, "entry \(entry) of the schedule is not waiting any more",
            help: ["see what became of it: apus schedule show \(entry)"])
    }
}
