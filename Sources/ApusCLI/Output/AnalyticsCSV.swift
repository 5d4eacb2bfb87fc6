import ApusCore
import ApusEngine

/// The figures of each migration in all environments as CSV (RFC 4180), a line a migration and
/// direction.
struct AnalyticsCSV {
    let text: String

    init(_ analytics: Analytics) {
        let head = [
            "environment", "engine", "migration", "direction", "count", "median_seconds",
            "longest_seconds", "last_seconds", "flagged", "trend", "failures",
            "lock_wait_seconds", "lock_retries", "rows", "rows_a_second",
        ]
        let lines = analytics.environments.flatMap(Self.lines)
        text = ([head] + lines).map { $0.map(Self.field).joined(separator: ",") }
            .joined(separator: "\r\n")
    }

    private struct Key: Hashable {
        var migration: MigrationID
        var direction: Direction
    }

    /// Those that ran to their end, and behind them those that only waited, or whose batches go on.
    private static func lines(_ figures: EnvironmentFigures) -> [[String]] {
        var waits: [Key: EnvironmentFigures.LockWaits] = [:]
        for wait in figures.lockWaits {
            waits[Key(migration: wait.migration, direction: wait.direction)] = wait
        }
        let data = Dictionary(grouping: figures.dataMigrations, by: \.migration)
        var work: [Key: EnvironmentFigures.Work] = [:]
        var order: [Key] = []
        for entry in figures.work {
            let key = Key(migration: entry.migration, direction: entry.direction)
            work[key] = entry
            order.append(key)
        }
        var seen = Set(order)
        let others =
            figures.lockWaits.map { Key(migration: $0.migration, direction: $0.direction) }
            + figures.dataMigrations.map { Key(migration: $0.migration, direction: .up) }
        for key in others where seen.insert(key).inserted { order.append(key) }
        return order.map { key in
            [
                figures.environment, figures.engine.rawValue, key.migration.description,
                key.direction.rawValue,
            ] + durations(work[key]) + [
                waits[key].map { seconds($0.total) } ?? "",
                waits[key].map { String($0.retries) } ?? "",
            ] + rates(key.direction == .up ? data[key.migration] ?? [] : [])
        }
    }

    private static func durations(_ work: EnvironmentFigures.Work?) -> [String] {
        guard let work else { return ["0", "", "", "", "0", "", ""] }
        return [
            String(work.count), seconds(work.median), seconds(work.longest), seconds(work.last),
            String(work.flagged), work.trend.map { String($0) } ?? "", String(work.failures),
        ]
    }

    /// Of all its batched statements.
    private static func rates(_ data: [EnvironmentFigures.DataMigrationRate]) -> [String] {
        guard !data.isEmpty else { return ["", ""] }
        let rows = data.reduce(0) { $0 + $1.rows }
        let busy = data.reduce(.zero) { $0 + $1.busy } / .seconds(1)
        return [String(rows), rows > 0 && busy > 0 ? String(Double(rows) / busy) : ""]
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
