import ApusCore
import ApusEngine
import Hummingbird

/// Who did what from here, and what came of it.
struct AuditPage: Sendable {
    struct Row: Sendable {
        var when: String
        var who: String
        var from: String?
        var what: String
        var subject: String
        var outcome: Tone
        var run: String?
        var href: String?
    }

    var notices: [Notice]
    var rows: [Row]
    var hasRows: Bool
    var isEmpty: Bool
    var older: String?
    var newest: String?

    static let routes = [
        Route(.pages, .get, "/audit", .look) { exchange in
            let before = try exchange.query("before").map { text in
                guard let number = Int64(text), number > 0 else {
                    throw Problem(
                        .badRequest, "before is the number of an entry", parameter: "before")
                }
                return AuditID(number)
            }
            let sight = try await exchange.site.states.currentOrLast()
            let entries =
                sight.isCurrent
                ? try await exchange.site.migrator.audit(limit: most + 1, before: before) : []
            let page = AuditPage(entries, sight, isFirst: before == nil, exchange)
            return exchange.page("audit", page, title: "Audit", current: "/audit")
        }
    ]

    private static let most = 100

    private init(
        _ entries: [AuditEntry], _ sight: StateReader.Sight, isFirst: Bool, _ exchange: Exchange
    ) {
        notices = Notice.old(sight)
        rows = entries.prefix(Self.most).map { entry in
            Row(
                when: Words.moment(entry.at), who: entry.person, from: entry.address,
                what: entry.action.replacing("-", with: " "), subject: entry.subject,
                outcome: Self.tone(entry.outcome), run: entry.run.map { "#\($0)" },
                href: entry.run.map { exchange.page("/runs/\($0)") })
        }
        hasRows = !rows.isEmpty
        isEmpty = rows.isEmpty && sight.isCurrent
        let last = entries.prefix(Self.most).last
        older =
            entries.count > Self.most
            ? last.map { exchange.page("/audit?before=\($0.id)") } : nil
        newest = isFirst ? nil : exchange.page("/audit")
    }

    private static func tone(_ outcome: String?) -> Tone {
        switch outcome {
        case nil: Tone("warn", "◐", "no outcome yet")
        case "done", "succeeded": Tone("good", "✓", "done")
        case let code?: Tone("bad", "✗", code.replacing("-", with: " "))
        }
    }
}
