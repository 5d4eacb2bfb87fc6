public import ApusCore

/// What became of an entry whose time had come.
public struct DueOutcome: Sendable {
    public enum Ending: Sendable {
        /// It was run; a failure is in the report.
        case ran(Report)
        /// It ends without a run: `schedule-missed`, `plan-changed`, or what stands against its plan.
        case refused(Diagnostic)
        /// It waits on: a lock, a connection.
        case postponed(Diagnostic)
    }

    /// As it was when its time had come.
    public var entry: ScheduleEntry
    public var ending: Ending

    /// What is to be reported; `nil` where it was run without a failure.
    public var problem: Diagnostic? {
        switch ending {
        case .ran(let report): report.failure
        case .refused(let problem), .postponed(let problem): problem
        }
    }

    public var report: Report? { if case .ran(let report) = ending { report } else { nil } }
}
