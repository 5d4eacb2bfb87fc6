import ApusCore
import ApusEngine
import HTTPTypes
import Hummingbird

/// Runs for programs: start one, list them, watch one.
enum RunsAPI {
    static let routes = [
        Route(.api, .get, "/runs", .look, answer: list),
        Route(.api, .post, "/runs", .act(.operator), answer: start),
        Route(.api, .get, "/runs/{run}", .look) { exchange in
            let id = try RunPage.id(exchange)
            return JSONAnswer.response(
                RunDocument(try await exchange.site.states.run(id)))
        },
        Route(.api, .get, "/runs/{run}/events", .look, isStream: true) { exchange in
            let id = try RunPage.id(exchange)
            _ = try await exchange.site.states.run(id)
            let last = exchange.request.headers[.lastEventID]
            return try await EventStream.response(
                exchange, of: id, DocumentEvents(after: last))
        },
    ]

    private static func list(_ exchange: Exchange) async throws -> Response {
        var limit = 20
        if let text = exchange.given("limit") {
            guard let number = Int(text), (1...1000).contains(number) else {
                throw Problem(.badRequest, "limit is a number from 1 to 1000", parameter: "limit")
            }
            limit = number
        }
        let overview = try await exchange.site.states.current().overview
        let runs = try await exchange.site.migrator.runs(limit: limit)
        return JSONAnswer.response(
            RunListDocument(
                runs: runs.map { RunDocument($0, isLive: $0.id == overview.liveRun?.id) }))
    }

    private static func start(_ exchange: Exchange) async throws -> Response {
        try exchange.requireKey(for: "run")
        let body = try JSONBody(
            exchange,
            known: ["to", "undo", "cascade", "down_to", "digest", "confirm", "accept_breaking"])
        let goal = try body.goal(exchange)
        guard let digest = try body.text("digest").flatMap(Checksum.init(hex:)) else {
            throw Problem(
                .badRequest, "digest is missing or no SHA-256",
                detail: "POST /plans gives it.", parameter: "digest")
        }
        if let typed = goal.typed, try body.text("confirm") != typed {
            throw Problem(
                .badRequest, "confirm must repeat the version: \(typed)", parameter: "confirm")
        }
        let accepted = try body.texts("accept_breaking").map {
            try exchange.version($0, of: "accept_breaking")
        }
        let visitor = exchange.visitor
        let starting = RunStarting(exchange: exchange, fields: goal, digest: digest)
        switch try await starting.perform(
            key: exchange.actionKey, person: visitor?.name ?? "", accepted: Set(accepted))
        {
        case .run(let id): return try await accepted202(id, exchange)
        case .already(let id):
            throw Problem(
                .conflict, "Run \(id) was started already, by another request",
                detail: "Watch it, or plan again when it has ended.", run: id)
        case .refused(let problem): throw problem
        case .notAccepted(let versions):
            throw Problem(
                .conflict, "Breaking changes are not accepted",
                detail:
                    "accept_breaking must name \(versions.map(\.description).joined(separator: ", ")).",
                parameter: "accept_breaking")
        case .changed(_, let sentence):
            throw Problem(
                .conflict, "The plan is not the one that was agreed to",
                detail: "It would be now: \(sentence)")
        }
    }

    private static func accepted202(_ id: RunID, _ exchange: Exchange) async throws -> Response {
        let sight = try await exchange.site.states.run(id)
        return JSONAnswer.response(
            RunDocument(sight), status: .accepted,
            headers: [.location: "\(exchange.site.configuration.api)/runs/\(id)"])
    }
}

struct RunListDocument: Encodable {
    var runs: [RunDocument]
}

struct RunDocument: Encodable {
    struct ActivityDocument: Encodable {
        var processID: Int64?
        var statement: String?
        var state: String?
        var waitsFor: String?
        var blockers: [BlockerDocument]
        var phase: String?
        var fraction: Double?
    }

    struct BlockerDocument: Encodable {
        var processID: Int64?
        var user: String?
        var application: String?
        var state: String?
        var seconds: Double?
    }

    var run: Int64
    var kind: String
    var status: String
    /// Whether somebody works on it; an open run without anybody lost its process.
    var live: Bool
    var summary: String
    var planDigest: String?
    var from: String?
    var to: String?
    var startedAt: String
    var endedAt: String?
    var startedBy: String
    var toolVersion: String
    var failureCode: String?
    var failureMessage: String?
    var backup: String?
    /// Only of one run, not in the list.
    var journal: [JournalDocument]?
    /// As `journal`: of the steps that waited, or whose locks were traced.
    var locks: [StepLocksDocument]?
    var activity: ActivityDocument?

    init(_ record: RunRecord, isLive: Bool) {
        run = record.id.number
        kind = record.kind
        status = record.status.rawValue
        live = isLive
        summary = record.summary
        planDigest = record.planDigest?.hex
        from = record.from?.description
        to = record.to?.description
        startedAt = record.startedAt.isoText
        endedAt = record.endedAt?.isoText
        startedBy = record.startedBy
        toolVersion = record.toolVersion
        failureCode = record.failureCode
        failureMessage = record.failureMessage
        backup = record.backupName
    }

    init(_ sight: RunSight) {
        self.init(sight.record, isLive: sight.isLive)
        journal = sight.record.journal.map(JournalDocument.init)
        locks = sight.record.locks.map(StepLocksDocument.init)
        guard sight.isLive, let activity = sight.activity else { return }
        self.activity = ActivityDocument(
            processID: activity.processID, statement: activity.statement, state: activity.state,
            waitsFor: activity.waitsFor,
            blockers: activity.blockers.map {
                BlockerDocument(
                    processID: $0.processID, user: $0.user, application: $0.application,
                    state: $0.state, seconds: $0.since.map { $0 / .seconds(1) })
            },
            phase: activity.progress?.phase, fraction: activity.progress?.fraction)
    }
}
