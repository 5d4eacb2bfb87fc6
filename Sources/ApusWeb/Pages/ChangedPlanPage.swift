import ApusCore
import ApusEngine
import Hummingbird

/// The plan that was agreed to is not the one that would run: what has changed since.
struct ChangedPlanPage: Sendable {
    struct Row: Sendable {
        var change: Tone
        var step: String
    }

    var sentence: String
    var rows: [Row]
    var hasRows: Bool
    var again: String
    var home: String

    static func response(
        _ plan: Plan?, _ sentence: String, shown: String, _ fields: GoalFields,
        _ exchange: Exchange
    ) async throws -> Response {
        let current: Plan?
        if let plan {
            current = plan
        } else {
            current = try? await fields.migrator(exchange.site).plan(fields.goal)
        }
        let rows = difference(shown.split(separator: " ").map(String.init), current)
        let page = ChangedPlanPage(
            sentence: current?.sentence ?? sentence, rows: rows, hasRows: !rows.isEmpty,
            again: exchange.page("/plan\(fields.query)"), home: exchange.page())
        return exchange.page(
            "changed", page, title: "The plan has changed", status: .conflict)
    }

    /// What the form showed against what would run now. The form's list is only for these words:
    /// what decides is the digest.
    private static func difference(_ shown: [String], _ plan: Plan?) -> [Row] {
        let now = plan?.steps.map { "\($0.direction.rawValue):\($0.id)" } ?? []
        let gone = shown.filter { !now.contains($0) }
        let added = now.filter { !shown.contains($0) }
        func words(_ step: String) -> String {
            let parts = step.split(separator: ":", maxSplits: 1).map(String.init)
            let title = parts.last.flatMap(MigrationID.init)?.title ?? step
            return parts.first == "down" ? "undo \(title)" : "apply \(title)"
        }
        var rows =
            gone.map { Row(change: Tone("warn", "−", "no more"), step: words($0)) }
            + added.map { Row(change: Tone("next", "+", "new"), step: words($0)) }
        if rows.isEmpty, !now.isEmpty, !shown.isEmpty {
            rows = [
                Row(
                    change: Tone("warn", "▲", "changed"),
                    step: "the same steps, with other statements or from another state")
            ]
        }
        return rows
    }
}
