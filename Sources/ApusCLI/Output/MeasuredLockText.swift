import ApusCore
import ApusEngine

extension MeasuredLock {
    /// `statement 2 locked public.guests: ACCESS EXCLUSIVE for 0.31 s, rewrite`
    var line: String {
        var parts = ["\(mode.name) for \(Wording.duration(held))"]
        // Whoever writes all rows anew reads them first.
        if isRewrite { parts.append("rewrite") } else if isScan { parts.append("scan") }
        return "statement \(statement + 1) locked \(relation): \(parts.joined(separator: ", "))"
    }

    /// Whether somebody else has to wait for it.
    var isInTheWay: Bool { mode.stopsWrites || isRewrite }
}

extension [MeasuredLock] {
    /// A line for each that somebody else has to wait for; for all of them where more is asked for.
    func lines(_ console: Console) -> [String] {
        filter { $0.isInTheWay || console.verbosity == .verbose }.map(\.line)
    }
}
