import ApusCore
import ApusEngine

/// The durations of all environments as CSV (RFC 4180), a line a migration and direction.
struct AnalyticsCSV {
    let text: String

    init(_ analytics: Analytics) {
        let head = [
            "environment", "engine", "migration", "direction", "count", "median_seconds",
            "longest_seconds", "last_seconds", "flagged", "trend", "failures",
        ]
        let lines = analytics.environments.flatMap { figures in
            figures.work.map { work in
                [
                    figures.environment, figures.engine.rawValue, work.migration.description,
                    work.direction.rawValue, String(work.count), Self.seconds(work.median),
                    Self.seconds(work.longest), Self.seconds(work.last), String(work.flagged),
                    work.trend.map { String($0) } ?? "", String(work.failures),
                ]
            }
        }
        text = ([head] + lines).map { $0.map(Self.field).joined(separator: ",") }
            .joined(separator: "\r\n")
    }

    private static func seconds(_ duration: Duration) -> String { String(duration / .seconds(1)) }

    /// In quotes where something in it would end it. What a spreadsheet would take for a formula is
    /// told to be text.
    static func field(_ text: String) -> String {
        let isFormula = text.first.map { "=+-@".contains($0) } ?? false
        let safe = isFormula ? "'" + text : text
        guard safe.utf8.contains(where: { ",\"\r\n".utf8.contains($0) }) else { return safe }
        return "\"\(safe.replacing("\"", with: "\"\""))\""
    }
}
