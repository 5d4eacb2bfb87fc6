import ApusCore
import ApusEngine

/// `apus.rehearsal/1`
struct RehearsalBody: Encodable {
    /// The database that it is for.
    var target: TargetBody
    var status: String
    var start: StartBody
    var place: String
    var from: String?
    var to: String?
    var digest: String
    var recorded: Bool
    var durationSeconds: Double
    var preparationSeconds: Double
    var migrations: [MigrationBody]
    var notReached: [String]
    var assertions: [AssertionBody]
    var findings: [DiagnosticBody]
    var cleared: [String]

    init(_ report: RehearsalReport, _ target: DatabaseTarget) {
        self.target = TargetBody(target)
        status = report.passed ? "passed" : "failed"
        start = StartBody(report.start)
        place = report.place
        from = report.from?.description
        to = report.to?.description
        digest = report.planDigest.hex
        recorded = report.isRecorded
        durationSeconds = report.duration.inSeconds
        preparationSeconds = report.preparation.inSeconds
        migrations = report.migrations.map(MigrationBody.init)
        notReached = report.notReached.map(\.description)
        assertions = report.assertions.map(AssertionBody.init)
        findings = report.findings.map(DiagnosticBody.init)
        cleared = report.cleared
    }

    struct StartBody: Encodable {
        var kind: String
        var backup: String?
        var takenAt: String?

        init(_ start: RehearsalReport.Start) {
            switch start {
            case .nothing: kind = "nothing"
            case .backup(let name, let moment):
                kind = "backup"
                backup = name
                takenAt = moment
            }
        }
    }

    struct MigrationBody: Encodable {
        var id: String
        var status: String
        var irreversible: String?
        var steps: [StepBody]
        /// `null` where it was not compared.
        var afterDown: DifferenceBody?
        var afterUpAgain: DifferenceBody?
        var tablesCompared: Int
        var rowsCompared: Int64
        var dataChanges: [ChangeBody]

        init(_ result: MigrationRehearsal) {
            id = result.id.description
            status = result.passed ? "passed" : "failed"
            irreversible = result.irreversibleReason
            steps = result.steps.map(StepBody.init)
            afterDown = result.afterDown.map(DifferenceBody.init)
            afterUpAgain = result.afterUpAgain.map(DifferenceBody.init)
            tablesCompared = result.tables
            rowsCompared = result.rows
            dataChanges = result.dataChanges.map(ChangeBody.init)
        }
    }

    struct StepBody: Encodable {
        var phase: String
        var status: String
        var durationSeconds: Double
        var statementsRun: Int
        /// Absent where locks were not measured.
        var locks: [MeasuredLockDocument]?

        init(_ step: RehearsedStep) {
            phase = step.phase.rawValue
            status = step.isDone ? "done" : "failed"
            durationSeconds = step.duration.inSeconds
            statementsRun = step.statementsRun
            locks = step.locks?.map(MeasuredLockDocument.init)
        }
    }

    struct ChangeBody: Encodable {
        var table: String
        var column: String?
        var text: String

        init(_ change: DataChange) {
            table = change.table
            column = change.column
            text = change.sentence
        }
    }

    struct AssertionBody: Encodable {
        var version: String
        var name: String
        var file: String
        var line: Int
        var status: String
        var durationSeconds: Double
        /// How many rows should not be there; absent where the query itself failed.
        var rows: Int?
        var columns: [String]?
        var firstRows: [[String?]]?

        init(_ outcome: AssertionOutcome) {
            version = outcome.version.description
            name = outcome.name
            file = outcome.file
            line = outcome.line
            status = outcome.passed ? "passed" : "failed"
            durationSeconds = outcome.duration.inSeconds
            rows = outcome.rows?.count
            columns = outcome.rows?.columns
            firstRows = outcome.rows?.first
        }
    }
}

/// What the gate says to a plan, in `apus.plan/1`.
struct RehearsalGateBody: Encodable {
    var open: Bool
    /// `never-rehearsed`, `outdated`, or absent.
    var reason: String?
    var backup: String?
    var backupAgeSeconds: Double?
    var passedAt: String?

    init(_ verdict: RehearsalGate.Verdict) {
        switch verdict {
        case .unneeded: open = true
        case .open(let record, let age):
            open = true
            take(record, age)
        case .closed(.neverRehearsed):
            open = false
            reason = "never-rehearsed"
        case .closed(.outdated(let record, let age)):
            open = false
            reason = "outdated"
            take(record, age)
        }
    }

    private mutating func take(_ record: RehearsalRecord, _ age: Duration) {
        backup = record.backup
        backupAgeSeconds = age.inSeconds
        passedAt = record.passedAt.isoText
    }
}
