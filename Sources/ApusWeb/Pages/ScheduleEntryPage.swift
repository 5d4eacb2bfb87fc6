import ApusCore
import ApusEngine
import Hummingbird

/// One entry of the schedule, and what takes it away.
struct ScheduleEntryPage: Sendable {
    var number: String
    var state: Tone
    var kind: String
    var summary: String
    var time: String
    var said: String
    var who: String
    var created: String
    var ended: String?
    var message: String?
    var digest: String
    var runHref: String?
    var runLabel: String?
    /// Of a revert: the run that waits for its confirmation.
    var revertsHref: String?
    var revertsLabel: String?
    var cancel: String?
    var isAsked: Bool
    var action: String
    var token: String
    var back: String

    static let routes = [
        Route(.pages, .get, "/schedule/{entry}", .look) { exchange in
            let entry = try await Self.find(exchange)
            let page = ScheduleEntryPage(entry, exchange, isAsked: false)
            return exchange.page(
                "scheduled", page, title: "Entry \(entry.id)", current: "/schedule",
                refresh: entry.state == .running ? 2 : nil)
        },
        Route(.pages, .get, "/schedule/{entry}/cancel", .act(.operator)) { exchange in
            let entry = try await Self.find(exchange)
            let page = ScheduleEntryPage(entry, exchange, isAsked: true)
            return exchange.page(
                "scheduled", page, title: "Cancel entry \(entry.id)?", current: "/schedule")
        },
        Route(.pages, .post, "/schedule/{entry}/cancel", .act(.operator)) { exchange in
            let id = try Self.id(exchange)
            try await Self.cancel(id, exchange)
            return exchange.redirect(to: exchange.page("/schedule/\(id)"))
        },
        Route(.pages, .post, "/runs/{run}/confirm", .act(.operator)) { exchange in
            let id = try RunPage.id(exchange)
            try await Self.confirm(id, exchange)
            return exchange.redirect(to: exchange.page("/runs/\(id)"))
        },
    ]

    /// The entry's number that a path names; 404 for what is no number.
    static func id(_ exchange: Exchange) throws -> ScheduleID {
        guard let number = Int64(try exchange.parameter("entry")), number > 0 else {
            throw Problem(
                .notFound, "There is no such entry", detail: "Entries have numbers from 1 on.")
        }
        return ScheduleID(number)
    }

    static func find(_ exchange: Exchange) async throws -> ScheduleEntry {
        try await exchange.site.migrator.scheduled(try id(exchange))
    }

    /// Takes an entry away; pressed twice, it is taken away once.
    @discardableResult
    static func cancel(_ id: ScheduleID, _ exchange: Exchange) async throws -> ScheduleEntry {
        let migrator = exchange.acting("cancel-scheduled", on: "entry \(id) of the schedule")
        let entry = try await once(exchange) { () throws(Diagnostics) in
            try await migrator.cancelScheduled(id)
        } or: { () throws(Diagnostics) in
            try await migrator.scheduled(id)
        }
        await exchange.site.states.forget()
        return entry
    }

    /// Confirms a run that would be taken back otherwise.
    @discardableResult
    static func confirm(_ run: RunID, _ exchange: Exchange) async throws -> ScheduleEntry {
        let migrator = exchange.acting("confirm", on: "run \(run)")
        let entry = try await once(exchange) { () throws(Diagnostics) in
            try await migrator.confirm(run)
        } or: { () throws(Diagnostics) in
            let entries = try await migrator.schedule(limit: 1000)
            guard let entry = entries.first(where: { $0.draft.reverts == run }) else {
                throw Diagnostics([
                    Diagnostic(.scheduleUnknown, "run \(run) waits for no confirmation")
                ])
            }
            return entry
        }
        await exchange.site.states.forget()
        return entry
    }

    /// What the same form, or the same key, has done before is not done again.
    private static func once<Result: Sendable>(
        _ exchange: Exchange, _ action: () async throws(Diagnostics) -> Result,
        or earlier: () async throws(Diagnostics) -> Result
    ) async throws(Diagnostics) -> Result {
        do throws(Diagnostics) {
            return try await action()
        } catch {
            guard error.all[0].code == .requestRepeated else { throw error }
            return try await earlier()
        }
    }

    private init(_ entry: ScheduleEntry, _ exchange: Exchange, isAsked: Bool) {
        number = entry.id.description
        state = Tone(entry.state)
        kind = entry.kind.rawValue
        summary = entry.draft.summary
        time = Self.span(entry)
        said = entry.draft.said
        who = entry.draft.createdBy
        created = "\(Words.moment(entry.createdAt)) UTC"
        ended = entry.endedAt.map { "\(Words.moment($0)) UTC" }
        message = entry.message
        digest = entry.draft.planDigest.hex
        runHref = entry.run.map { exchange.page("/runs/\($0)") }
        runLabel = entry.run.map { "Run \($0)" }
        revertsHref = entry.draft.reverts.map { exchange.page("/runs/\($0)") }
        revertsLabel = entry.draft.reverts.map { "Run \($0)" }
        let canCancel =
            entry.kind == .revert
            ? entry.state == .missed || entry.state == .changed || entry.state == .failed
            : entry.state == .waiting || entry.state == .missed || entry.state == .changed
                || entry.state == .failed
        let path = exchange.page("/schedule/\(entry.id)/cancel")
        cancel = canCancel && exchange.allows(.operator) ? path : nil
        self.isAsked = isAsked && canCancel
        action = path
        token = exchange.formToken
        back = exchange.page("/schedule")
    }

    /// `29 Mar 2026 01:00 to 02:00 UTC`
    static func span(_ entry: ScheduleEntry) -> String {
        let first = Words.moment(entry.draft.notBefore)
        let last = Words.moment(entry.draft.notAfter)
        let isSameDay = first.dropLast(6) == last.dropLast(6)
        return "\(first) to \(isSameDay ? String(last.suffix(5)) : last) UTC"
    }
}

extension Exchange {
    /// The migrator of whoever acts here, with what the audit is told first.
    func acting(_ action: String, on subject: String) -> Migrator {
        var migrator = site.migrator
        migrator.options.startedBy = visitor?.name ?? ""
        migrator.options.lockWait = .seconds(2)
        migrator.options.audit = AuditIntent(
            person: visitor?.name ?? "", address: address, action: action, subject: subject,
            key: actionKey)
        return migrator
    }
}
