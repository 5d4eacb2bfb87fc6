import ApusCore
import ApusEngine
import Hummingbird
import NIOCore

/// One run, live or past.
struct RunPage: Sendable {
    var notices: [Notice]
    var number: String
    var summary: String
    var kind: String
    var startedBy: String
    var startedAt: String
    var endedAt: String?
    var way: String
    var backup: String?
    var tool: String
    var already: Bool
    var live: RunView
    /// Where the page's stream of events is; `nil` for a run that is over.
    var events: String?
    var log: String
    var cancel: String?
    var elsewhere: String?
    /// Where the run is confirmed that would be taken back otherwise.
    var confirm: String?
    var confirmText: String?
    var token: String
    var home: String

    static let routes = [
        Route(.pages, .get, "/runs/{run}", .look) { exchange in
            let id = try Self.id(exchange)
            let (sight, notices) = try await Self.seen(id, exchange.site)
            let schedule = try await exchange.site.states.currentOrLast().overview.state.schedule
            let log = await exchange.site.keeper.log(of: id)?.now
            let revert = schedule.first { $0.draft.reverts == id && $0.state == .waiting }
            let page = RunPage(sight, log, notices, revert, exchange)
            return exchange.page(
                "run", page, title: "Run \(id)", current: "/runs",
                refresh: sight.isLive ? 2 : nil)
        },
        Route(.pages, .get, "/runs/{run}/events", .look, isStream: true) { exchange in
            let id = try Self.id(exchange)
            _ = try await exchange.site.states.run(id)
            return try await EventStream.response(
                exchange, of: id, PageEvents(site: exchange.site))
        },
        Route(.pages, .get, "/runs/{run}/log", .look) { exchange in
            let id = try Self.id(exchange)
            let sight = try await exchange.site.states.run(id)
            let log = await exchange.site.keeper.log(of: id)?.now
            return Self.download(sight, log)
        },
    ]

    /// The run that a path names; 404 for what is no number.
    static func id(_ exchange: Exchange) throws -> RunID {
        guard let number = Int64(try exchange.parameter("run")), number > 0 else {
            throw Problem(.notFound, "There is no such run", detail: "Runs have numbers from 1 on.")
        }
        return RunID(number)
    }

    /// The run as it is, or as it was seen last while the database cannot be asked.
    private static func seen(
        _ id: RunID, _ site: Site
    ) async throws(Diagnostics) -> (RunSight, [Notice]) {
        let last = try await site.states.currentOrLast()
        guard !last.isCurrent, let record = last.overview.runs.first(where: { $0.id == id }) else {
            return (try await site.states.run(id), [])
        }
        let isLive = last.overview.liveRun?.id == id
        let sight = RunSight(record: record, activity: isLive ? last.overview.activity : nil)
        return (sight, Notice.old(last))
    }

    private init(
        _ sight: RunSight, _ log: RunLog.Content?, _ notices: [Notice],
        _ revert: ScheduleEntry?, _ exchange: Exchange
    ) {
        self.notices = notices
        let record = sight.record
        number = record.id.description
        summary = record.summary
        kind = record.kind
        startedBy = record.startedBy.isEmpty ? record.databaseUser : record.startedBy
        startedAt = Words.moment(record.startedAt)
        endedAt = record.endedAt.map(Words.moment)
        way = "\(Words.version(record.from)) → \(Words.version(record.to))"
        backup = record.backupName
        tool = record.toolVersion
        already = exchange.query("already") == "1"
        live = RunView(sight, log, now: exchange.site.migrator.now())
        events = sight.isLive ? exchange.page("/runs/\(record.id)/events") : nil
        self.log = exchange.page("/runs/\(record.id)/log")
        let canCancel = live.isOurs && sight.isLive && exchange.allows(.operator)
        cancel = canCancel ? exchange.page("/runs/\(record.id)/cancel") : nil
        elsewhere =
            sight.isLive && !live.isOurs
            ? "It runs in another process\(sight.activity?.processID.map { " (pid \($0))" } ?? ""), which is where it can be stopped."
            : nil
        let waits = sight.isLive ? nil : revert
        confirm =
            waits != nil && exchange.allows(.operator)
            ? exchange.page("/runs/\(record.id)/confirm") : nil
        confirmText = waits.map {
            "It is taken back at \(Words.moment($0.draft.notBefore)) UTC unless it is confirmed: \($0.draft.summary)"
        }
        token = exchange.formToken
        home = exchange.page()
    }

    private static func download(_ sight: RunSight, _ log: RunLog.Content?) -> Response {
        let record = sight.record
        let text =
            [
                "Run \(record.id): \(record.summary)",
                "Started \(record.startedAt.isoText) by \(record.startedBy)", "",
            ]
            + RunView.lines(record, log).map { "\($0.time)  \($0.text)" }
        return Response(
            status: .ok,
            headers: [
                .contentType: "text/plain; charset=utf-8",
                .contentDisposition: "attachment; filename=\"apus-run-\(record.id).txt\"",
            ],
            body: ResponseBody(
                byteBuffer: ByteBuffer(string: text.joined(separator: "\n") + "\n")))
    }
}
