import ApusCore
import ApusEngine
import Foundation

/// How values are written on the pages.
enum Words {
    /// `0.21 s`, `3 min 12 s`, `1 h 04 min`.
    static func duration(_ duration: Duration) -> String {
        let seconds = duration / .seconds(1)
        if seconds == 0 { return "0 s" }
        if seconds < 0.0095 { return String(format: "%.1f ms", seconds * 1000) }
        if seconds < 59.995 { return String(format: "%.2f s", seconds) }
        let whole = Int(seconds.rounded())
        if whole < 3600 { return "\(whole / 60) min \(whole % 60) s" }
        if whole < 86_400 {
            return String(format: "%d h %02d min", whole / 3600, whole % 3600 / 60)
        }
        return count(whole / 86_400, "day")
    }

    /// How long ago, roughly: `just now`, `5 min ago`, `2 h ago`, `3 days ago`.
    static func ago(_ then: Timestamp, _ now: Timestamp) -> String {
        let seconds = (now.microseconds - then.microseconds) / 1_000_000
        return switch seconds {
        case ..<60: "just now"
        case ..<3600: "\(seconds / 60) min ago"
        case ..<86_400: "\(seconds / 3600) h ago"
        default: "\(count(Int(seconds / 86_400), "day")) ago"
        }
    }

    /// `15 Jan 2025 10:30`, in UTC.
    static func moment(_ timestamp: Timestamp) -> String {
        let iso = timestamp.isoText
        let months = [
            "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
        ]
        let parts = iso.split { "-T:".contains($0) }
        guard parts.count >= 5, let month = Int(parts[1]), let day = Int(parts[2]) else {
            return iso
        }
        return "\(day) \(months[month - 1]) \(parts[0]) \(parts[3]):\(parts[4])"
    }

    /// `10:30:07`, in UTC.
    static func time(_ timestamp: Timestamp) -> String {
        String(timestamp.isoText.dropFirst(11).prefix(8))
    }

    /// `612 B`, `4.1 KB`, `1.2 GB`: powers of 1,000.
    static func bytes(_ bytes: Int64) -> String {
        var value = Double(bytes)
        for unit in ["B", "KB", "MB", "GB"] {
            if value < 999.5 || unit == "GB" {
                return unit == "B" ? "\(bytes) B" : String(format: "%.1f %@", value, unit)
            }
            value /= 1000
        }
        return "\(bytes) B"
    }

    /// `1,200,000`
    static func number(_ number: some BinaryInteger) -> String {
        let digits = String(number.magnitude)
        var text = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index).isMultiple(of: 3) { text += "," }
            text.append(digit)
        }
        return number < 0 ? "-\(text)" : text
    }

    static func count(_ number: Int, _ noun: String, _ several: String? = nil) -> String {
        "\(number) \(number == 1 ? noun : several ?? "\(noun)s")"
    }

    /// `pid 4121 (guests, psql, idle in transaction, 22 min 3 s)`
    static func holder(_ holder: LockHolder) -> String {
        let facts = [holder.user, holder.application, holder.state, holder.since.map(duration)]
            .compactMap(\.self).filter { !$0.isEmpty }
        let name = holder.processID.map { "pid \($0)" } ?? "another process"
        return facts.isEmpty ? name : "\(name) (\(facts.joined(separator: ", ")))"
    }

    static func version(_ version: SemanticVersion?) -> String {
        version?.description ?? "empty"
    }
}
