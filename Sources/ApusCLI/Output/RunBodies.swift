import ApusCore
import ApusEngine
import ApusLint

/// `apus.plan/1`
struct PlanBody: Encodable {
    var target: TargetBody
    var sentence: String
    var digest: String
    var from: String?
    var to: String?
    var path: [String]
    var stop: String?
    var steps: [StepBody]
    var breakingChanges: [BreakingChangeBody]
    var remaining: [String]
    /// Absent where no rehearsal is required.
    var rehearsal: RehearsalGateBody?
    var warnings: [DiagnosticBody]

    init(
        _ plan: Plan, _ target: DatabaseTarget, _ verdict: RehearsalGate.Verdict? = nil,
        _ locks: PlannedLocksReport? = nil
    ) {
        self.target = TargetBody(target)
        sentence = plan.sentence
        digest = plan.digest.hex
        from = plan.from?.description
        to = plan.to?.description
        path = plan.path.map(\.description)
        stop = plan.stop?.description
        steps = plan.steps.enumerated().map { index, step in
            var body = StepBody(step)
            body.locks = locks?.locks.bodies(of: index)
            body.locksNotKnown = locks?.locks.openStatements(of: index)
            return body
        }
        breakingChanges = plan.breakingChanges.map(BreakingChangeBody.init)
        remaining = plan.remaining.map(\.description)
        rehearsal = verdict.map(RehearsalGateBody.init)
        warnings = plan.warnings.map(DiagnosticBody.init)
    }
}

struct BreakingChangeBody: Encodable {
    var version: String
    var text: String

    init(_ change: BreakingChange) {
        version = change.version.description
        text = change.text
    }
}

struct StepBody: Encodable {
    var id: String
    var direction: String
    var action: String
    var origin: String
    var statements: Int
    var transaction: Bool
    /// Why it is not taken together with its neighbours; absent where it can be.
    var alone: String?
    var resumesAtStatement: Int?
    var losses: [String]
    /// Absent where locks are not predicted.
    var locks: [PlannedLockBody]?
    /// The statements, from 1, that may lock more.
    var locksNotKnown: [Int]?

    init(_ step: Step) {
        id = step.id.description
        direction = step.direction.rawValue
        action = step.action.rawValue
        origin = step.origin.rawValue
        statements = step.script.statementCount
        transaction = step.script.transaction == .wrapped
        alone = step.solitude?.rawValue
        resumesAtStatement = step.firstStatement > 0 ? step.firstStatement + 1 : nil
        losses = step.direction == .down ? DataLoss.losses(of: step) : []
    }
}

/// `apus.run/1`
struct ReportBody: Encodable {
    var target: TargetBody
    var run: Int64?
    var sentence: String
    var status: String
    var from: String?
    var databaseVersion: String?
    var durationSeconds: Double
    var steps: [OutcomeBody]
    var backup: BackupBody?
    /// What takes the run back unless it is confirmed; absent where nobody asked for that.
    var revert: ScheduleEntryBody?
    var failure: DiagnosticBody?
    var remaining: [String]
    var warnings: [DiagnosticBody]

    init(_ report: Report, _ target: DatabaseTarget) {
        self.target = TargetBody(target)
        run = report.run?.number
        sentence = report.plan.sentence
        status = report.failure == nil ? "succeeded" : "failed"
        from = report.plan.from?.description
        databaseVersion = report.version?.description
        durationSeconds = report.duration.inSeconds
        steps = report.outcomes.map(OutcomeBody.init)
        backup = report.backup.map(BackupBody.init)
        failure = report.failure.map(DiagnosticBody.init)
        remaining = report.plan.remaining.map(\.description)
        warnings = report.warnings.map(DiagnosticBody.init)
    }
}

struct OutcomeBody: Encodable {
    var id: String
    var direction: String
    var action: String
    var status: String
    var startedAt: String
    var durationSeconds: Double
    var statementsRun: Int
    /// Absent where locks were not traced.
    var locks: [MeasuredLockDocument]?

    init(_ outcome: StepOutcome) {
        id = outcome.id.description
        direction = outcome.direction.rawValue
        action = outcome.action.rawValue
        status = outcome.failure == nil ? "done" : "failed"
        startedAt = outcome.startedAt.isoText
        durationSeconds = outcome.duration.inSeconds
        statementsRun = outcome.statementsRun
        locks = outcome.locks?.map(MeasuredLockDocument.init)
    }
}

/// A backup, in `apus.run/1` and `apus.backup/1`.
struct BackupBody: Encodable {
    var name: String
    var path: String
    var bytes: Int64
    var sha256: String
    var takenAt: String
    var durationSeconds: Double
    var databaseVersion: String?
    var verified: Bool

    init(_ backup: BackupRecord) {
        name = backup.name
        path = backup.path
        bytes = backup.bytes
        sha256 = backup.checksum.hex
        takenAt = backup.takenAt.isoText
        durationSeconds = backup.duration.inSeconds
        databaseVersion = backup.version?.description
        verified = backup.isVerified
    }
}
