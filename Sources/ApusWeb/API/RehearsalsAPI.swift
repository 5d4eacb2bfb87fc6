import ApusCore
import ApusEngine
import HTTPTypes
import Hummingbird

/// Rehearsals for programs: hold one, list them, watch one.
enum RehearsalsAPI {
    static let routes = [
        Route(.api, .get, "/rehearsals", .look) { exchange in
            let jobs = await exchange.site.jobs.all.filter(\.kind.isRehearsal)
            return JSONAnswer.response(
                RehearsalListDocument(
                    passed: try await exchange.site.migrator.rehearsals().map(
                        PassedRehearsalDocument.init),
                    held: jobs.reversed().map { RehearsalDocument($0, isWhole: false) }))
        },
        Route(.api, .post, "/rehearsals", .act(.operator), answer: start),
        Route(.api, .get, "/rehearsals/{job}", .look) { exchange in
            JSONAnswer.response(
                RehearsalDocument(try await RehearsalPage.find(exchange), isWhole: true))
        },
    ]

    private static func start(_ exchange: Exchange) async throws -> Response {
        try exchange.requireKey(for: "rehearsal")
        let body = try JSONBody(exchange, known: ["from", "to"])
        let request = try RehearsalForm.request(
            from: try body.text("from"), to: try body.text("to"), exchange)
        guard let id = try await RehearsalForm.begin(request, exchange),
            let job = await exchange.site.jobs.job(id)
        else {
            throw Problem(
                .conflict, "Another process took that request",
                detail: "Its report is with that process; that it passed will be in the list.")
        }
        return JSONAnswer.response(
            RehearsalDocument(job, isWhole: true), status: .accepted,
            headers: [.location: "\(exchange.site.configuration.api)/rehearsals/\(id)"])
    }
}

struct RehearsalListDocument: Encodable {
    /// What the database knows of: these open the gate, where there is one.
    var passed: [PassedRehearsalDocument]
    /// What this process holds, or held, and remembers.
    var held: [RehearsalDocument]
}

struct PassedRehearsalDocument: Encodable {
    var passedAt: String
    var passedBy: String
    var backup: String
    var backupTakenAt: String
    var planDigest: String
    var from: String?
    var to: String?

    init(_ record: RehearsalRecord) {
        passedAt = record.passedAt.isoText
        passedBy = record.passedBy
        backup = record.backup
        backupTakenAt = record.backupTakenAt.isoText
        planDigest = record.planDigest.hex
        from = record.from?.description
        to = record.to?.description
    }
}

struct RehearsalDocument: Encodable {
    struct StepDocument: Encodable {
        var phase: String
        var done: Bool
        var durationSeconds: Double
        var statementsRun: Int
    }

    struct MigrationDocument: Encodable {
        var migration: String
        var passed: Bool
        var irreversible: String?
        var steps: [StepDocument]
        var dataChanges: [String]
    }

    struct AssertionDocument: Encodable {
        var version: String
        var name: String
        var passed: Bool
        var file: String
        var line: Int
    }

    var id: Int
    var status: String
    var summary: String
    var startedAt: String
    var startedBy: String
    /// What it does just now.
    var doing: String?
    var from: String?
    var to: String?
    var planDigest: String?
    /// Whether the database knows of it.
    var recorded: Bool?
    var durationSeconds: Double?
    /// The rest only of one rehearsal, not in the list.
    var migrations: [MigrationDocument]?
    var assertions: [AssertionDocument]?
    var notReached: [String]?
    var findings: [DiagnosticDocument]?

    init(_ job: Job, isWhole: Bool) {
        let now = job.progress.now
        let report = job.report
        id = job.id
        status =
            switch job.outcome {
            case nil: "running"
            case .failure: "failed"
            case .success: report?.passed == true ? "passed" : "not-passed"
            }
        summary = job.sentence
        startedAt = job.startedAt.isoText
        startedBy = job.person
        doing = job.isOver ? nil : now.doing
        from = report?.from?.description
        to = report?.to?.description
        planDigest = report?.planDigest.hex
        recorded = report?.isRecorded
        durationSeconds = report.map { $0.duration / .seconds(1) }
        guard isWhole else { return }
        migrations = (report?.migrations ?? now.migrations).map { result in
            MigrationDocument(
                migration: result.id.description, passed: result.passed,
                irreversible: result.irreversibleReason,
                steps: result.steps.map {
                    StepDocument(
                        phase: $0.phase.rawValue, done: $0.isDone,
                        durationSeconds: $0.duration / .seconds(1), statementsRun: $0.statementsRun)
                }, dataChanges: result.dataChanges.map(\.sentence))
        }
        assertions = (report?.assertions ?? now.assertions).map {
            AssertionDocument(
                version: $0.version.description, name: $0.name, passed: $0.passed, file: $0.file,
                line: $0.line)
        }
        notReached = report?.notReached.map(\.description) ?? []
        if case .failure(let failure) = job.outcome {
            findings = failure.all.map(DiagnosticDocument.init)
        } else {
            findings = report?.findings.map(DiagnosticDocument.init) ?? []
        }
    }
}

/// What the rehearsal gate says to a plan.
struct GateDocument: Encodable {
    var open: Bool
    var text: String

    init?(_ view: GateView?) {
        guard let view else { return nil }
        open = !view.isClosed
        text = view.text
    }
}
