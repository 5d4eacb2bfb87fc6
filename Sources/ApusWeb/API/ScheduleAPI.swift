import ApusCore
import ApusEngine
import Hummingbird

/// The schedule for programs: write an entry, list them, take one away; confirm a run.
enum ScheduleAPI {
    static let routes = [
        Route(.api, .get, "/schedule", .look) { exchange in
            let entries = try await exchange.site.migrator.schedule(limit: 100)
            return JSONAnswer.response(
                ScheduleDocument(entries: entries.map(ScheduleEntryDocument.init)))
        },
        Route(.api, .post, "/schedule", .act(.operator), answer: start),
        Route(.api, .get, "/schedule/{entry}", .look) { exchange in
            JSONAnswer.response(
                ScheduleEntryDocument(try await ScheduleEntryPage.find(exchange)))
        },
        Route(.api, .delete, "/schedule/{entry}", .act(.operator)) { exchange in
            let id = try ScheduleEntryPage.id(exchange)
            return JSONAnswer.response(
                ScheduleEntryDocument(try await ScheduleEntryPage.cancel(id, exchange)))
        },
        Route(.api, .post, "/runs/{run}/confirm", .act(.operator)) { exchange in
            let id = try RunPage.id(exchange)
            return JSONAnswer.response(
                ScheduleEntryDocument(try await ScheduleEntryPage.confirm(id, exchange)))
        },
    ]

    private static func start(_ exchange: Exchange) async throws -> Response {
        try exchange.requireKey(for: "entry")
        let body = try JSONBody(
            exchange,
            known: [
                "to", "undo", "cascade", "down_to", "digest", "confirm", "accept_breaking", "at",
                "window",
            ])
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
        let order = ScheduleOrder(
            fields: goal, digest: digest, at: try body.text("at"),
            window: try body.text("window"), accepted: Set(accepted))
        let entry = try await order.perform(exchange)
        return JSONAnswer.response(
            ScheduleEntryDocument(entry), status: .created,
            headers: [.location: "\(exchange.site.configuration.api)/schedule/\(entry.id)"])
    }
}

struct ScheduleDocument: Encodable {
    var entries: [ScheduleEntryDocument]
}
