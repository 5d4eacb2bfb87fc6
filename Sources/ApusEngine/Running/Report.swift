public import ApusCore

/// What a run did. Partial success is data: the outcomes before a failure are there with it.
public struct Report: Sendable {
    /// `nil` where nothing had to be done, so that no run was begun.
    public var run: RunID?
    public var plan: Plan
    /// One for each step that was tried, in order; the last one may be a failure.
    public var outcomes: [StepOutcome]
    public var backup: BackupRecord?
    /// Why the run ended early, already pointing into the file where a statement was at fault.
    public var failure: Diagnostic?
    /// The database version now.
    public var version: SemanticVersion?
    public var duration: Duration
    public var warnings: [Diagnostic]
    /// The entry of the schedule that takes the run back unless it is confirmed; `nil` where nobody
    /// asked for that.
    public var revert: ScheduleID?

    public init(
        run: RunID?, plan: Plan, outcomes: [StepOutcome] = [], backup: BackupRecord? = nil,
        failure: Diagnostic? = nil, version: SemanticVersion?, duration: Duration = .zero,
        warnings: [Diagnostic] = []
    ) {
        self.run = run
        self.plan = plan
        self.outcomes = outcomes
        self.backup = backup
        self.failure = failure
        self.version = version
        self.duration = duration
        self.warnings = warnings
    }

    /// What a plan without steps comes to.
    static func nothingToDo(_ plan: Plan) -> Report {
        Report(run: nil, plan: plan, version: plan.from, warnings: plan.warnings)
    }
}
