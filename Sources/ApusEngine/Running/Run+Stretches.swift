import ApusCore

/// The steps of a run: several at once where nothing has to be done between them.
extension Run {
    /// Between two steps of a stretch there is no backup, and no look at the schema or at the locks.
    func stretches(of plan: Plan) -> [Range<Int>] {
        let options = migrator.options
        return plan.steps.stretches { step in
            options.backup == .eachStep && plan.needsBackupOfSteps || options.step.tracesLocks
                || RunSchema.isRecorded(after: step, of: plan.steps.count)
        }
    }

    /// Takes some steps of one stretch, at least the first, and tells of them.
    func take(
        _ steps: Range<Int>, of plan: Plan, _ id: RunID
    ) async throws(Diagnostics) -> [StepOutcome] {
        let (events, locks) = (self.events, self.locks)
        let tell: @Sendable (StretchEvent) -> Void = { event in
            switch event {
            case .started(let place):
                failpoint("run.before-step")
                let index = steps.lowerBound + place
                let step = plan.steps[index]
                events(.stepStarted(step.id, step.direction, index: index, of: plan.steps.count))
            case .step(let place, let event):
                let step = plan.steps[steps.lowerBound + place]
                locks.take(event, of: step.id, step.direction)
                events(.step(step.id, event))
            case .finished(_, let outcome):
                failpoint("run.step-performed")
                locks.take(outcome)
                events(.stepFinished(outcome))
            }
        }
        return try await asking { () async throws(DatabaseError) in
            guard steps.count == 1 else {
                return try await session.perform(
                    Array(plan.steps[steps]), in: id, options: migrator.options.step, report: tell)
            }
            tell(.started(0))
            let outcome = try await migrator.perform(
                plan.steps[steps.lowerBound], in: id, over: session
            ) { tell(.step(0, $0)) }
            tell(.finished(0, outcome))
            return [outcome]
        }
    }
}
