import ApusCore
import ApusEngine

/// `apus.event/1`: one line of `--json-stream`.
struct EventBody: Encodable {
    var event: String
    var run: Int64?
    var migration: String?
    var direction: String?
    var index: Int?
    var count: Int?
    var rows: Int64?
    var bytes: Int64?
    var expectedBytes: Int64?
    var fraction: Double?
    var durationSeconds: Double?
    var text: String?
    var outcome: OutcomeBody?
    var backup: BackupBody?
    var failure: DiagnosticBody?
    var databaseVersion: String?
    var problems: [DiagnosticBody]?
    var exit: Int32?

    /// What stands against a run, before it was begun.
    static func line(refusal problems: [Diagnostic], _ status: ExitStatus) -> String {
        var body = EventBody()
        body.event = "refused"
        body.problems = problems.map(DiagnosticBody.init)
        body.exit = status.rawValue
        return JSONDocument.line("event", body)
    }

    /// What becomes of a run that is to be confirmed.
    static func line(
        _ event: String, of run: RunID, text: String?, _ problem: Diagnostic?
    ) -> String {
        var body = EventBody()
        body.event = event
        body.run = run.number
        body.text = text
        body.failure = problem.map(DiagnosticBody.init)
        return JSONDocument.line("event", body)
    }

    /// The event as a line.
    static func line(_ event: RunEvent) -> String {
        JSONDocument.line("event", EventBody(event))
    }

    private init() { event = "" }

    private init(_ event: RunEvent) {
        self.init()
        switch event {
        case .waitingForRunLock(let holder, let waited):
            self.event = "waiting-for-run-lock"
            text = Wording.holder(holder)
            durationSeconds = waited.inSeconds
        case .runStarted(let id, let plan):
            self.event = "run-started"
            run = id.number
            count = plan.steps.count
            text = plan.sentence
        case .backupStarted(let name):
            self.event = "backup-started"
            text = name
        case .backupProgress(let progress):
            self.event = "backup-progress"
            text = progress.phase.rawValue
            bytes = progress.bytes
            expectedBytes = progress.expected
        case .backupFinished(let record):
            self.event = "backup-finished"
            backup = BackupBody(record)
        case .backupsPruned(let pruning):
            self.event = "backups-pruned"
            count = pruning.removed.count
        case .pruningFailed(let problem):
            self.event = "pruning-failed"
            failure = DiagnosticBody(problem)
        case .stepStarted(let id, let direction, let index, let count):
            self.event = "step-started"
            migration = id.description
            self.direction = direction.rawValue
            self.index = index
            self.count = count
        case .step(let id, let event):
            migration = id.description
            take(event)
        case .stepFinished(let result):
            self.event = "step-finished"
            migration = result.id.description
            outcome = OutcomeBody(result)
        case .runEnded(let report):
            self.event = "run-ended"
            run = report.run?.number
            failure = report.failure.map(DiagnosticBody.init)
            databaseVersion = report.version?.description
            durationSeconds = report.duration.inSeconds
        }
    }

    private mutating func take(_ step: StepEvent) {
        switch step {
        case .statementStarted(let index, let count):
            event = "statement-started"
            (self.index, self.count) = (index, count)
        case .statementFinished(let index, let count, let duration, let rows):
            event = "statement-finished"
            (self.index, self.count, self.rows) = (index, count, rows)
            durationSeconds = duration.inSeconds
        case .progress(let phase, let fraction):
            event = "progress"
            (text, self.fraction) = (phase, fraction)
        case .waitingForLock(let holder, let waited):
            event = "waiting-for-lock"
            text = Wording.holder(holder)
            durationSeconds = waited.inSeconds
        case .waitedForLock(let holder, let waited):
            event = "waited-for-lock"
            text = Wording.holder(holder)
            durationSeconds = waited.inSeconds
        case .retrying(let attempt, let pause):
            event = "retrying"
            index = attempt
            durationSeconds = pause.inSeconds
        case .droppedInvalidIndex(let name):
            event = "dropped-invalid-index"
            text = name
        case .batch(let progress):
            event = "batch"
            (index, rows) = (progress.statement, progress.rowsDone)
            fraction = progress.fraction
        case .throttled(let reason):
            event = "throttled"
            text = reason
        case .notice(let notice):
            event = "notice"
            text = notice
        }
    }
}
