import ApusCore
import ApusEngine
import Foundation

/// How values are written for people.
enum Wording {
    /// `0.21 s`, `3 min 12 s`, `1 h 04 min`.
    static func duration(_ duration: Duration) -> String {
        let seconds =
            Double(duration.components.seconds)
            + Double(duration.components.attoseconds) / 1e18
        if seconds < 59.995 { return String(format: "%.2f s", seconds) }
        let whole = Int(seconds.rounded())
        if whole < 3600 { return "\(whole / 60) min \(whole % 60) s" }
        return String(format: "%d h %02d min", whole / 3600, whole % 3600 / 60)
    }

    /// `12 s`, `3 min`, `5 h`, `9 days`.
    static func age(_ duration: Duration) -> String { duration.inWholeUnits }

    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    /// `15 Jan 2025 10:30`, in UTC.
    static func moment(_ timestamp: Timestamp) -> String {
        let local = timestamp.local
        guard let date = local.date else { return timestamp.isoText }
        let minute = ClockTime(seconds: local.time.seconds / 60 * 60)
        return "\(date.day) \(months[date.month - 1]) \(date.year) \(minute)"
    }

    /// `612 B`, `4.1 KB`, `1.2 GB`: powers of 1,000.
    static func bytes(_ bytes: Int64) -> String { bytes.readableBytes }

    /// `1,204,331`
    static func grouped(_ number: Int64) -> String { number.grouped }

    /// `███████░░░`
    static func bar(_ fraction: Double) -> String {
        let full = Int(max(0, min(1, fraction)) * 10)
        return String(repeating: "█", count: full) + String(repeating: "░", count: 10 - full)
    }

    /// `41,000 of about 120,000 rows (34 %), 5,210 a second, about 15 s left`
    static func progress(_ progress: DataMigrationProgress) -> String {
        var parts = [
            progress.rowsExpected.map {
                "\(progress.rowsDone) of about \(max($0, progress.rowsDone)) rows"
            }
                ?? "\(progress.rowsDone) rows"
        ]
        if let fraction = progress.fraction, progress.state != .done {
            parts[0] += " (\(Int(fraction * 100)) %)"
        }
        if let rate = progress.rate { parts.append("\(Int(rate.rounded())) a second") }
        if let remaining = progress.remaining, progress.state == .open {
            parts.append("about \(duration(remaining)) left")
        }
        return parts.joined(separator: ", ")
    }

    static func count(_ number: Int, _ noun: String) -> String {
        "\(number) \(noun)\(number == 1 ? "" : "s")"
    }

    static func version(_ version: SemanticVersion?) -> String {
        version?.description ?? "empty"
    }

    /// `pid 4121 (guests, psql, idle in transaction, 22 min 3 s)`
    static func holder(_ holder: LockHolder?) -> String {
        guard let holder else { return "another run" }
        let facts = [holder.user, holder.application, holder.state, holder.since.map(duration)]
            .compactMap(\.self).filter { !$0.isEmpty }
        let name = holder.processID.map { "pid \($0)" } ?? "another process"
        return facts.isEmpty ? name : "\(name) (\(facts.joined(separator: ", ")))"
    }

    /// Pads to a column; counts characters as they are seen.
    static func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }
}
