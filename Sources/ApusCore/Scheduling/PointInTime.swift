/// A time that a person wrote for one moment: `2026-03-29T02:30+01:00`,
/// `2026-03-29 02:30 Europe/Ljubljana` or `+2h`.
public struct PointInTime: Hashable, Sendable {
    /// Seconds since 1970-01-01T00:00:00Z.
    public var second: Int64
    /// Said of a time that the clocks show twice: which of the two is meant, and how to write the
    /// other.
    public var notice: String?

    /// Reads a time. Throws `time-invalid`, `time-skipped`, `time-past`, or what `zone` throws.
    public init(
        _ text: String, now: Int64, zone: (String) throws(Diagnostics) -> ZoneRules
    ) throws(Diagnostics) {
        if text.hasPrefix("+") {
            guard let wait = Duration(readable: String(text.dropFirst())), wait >= .seconds(1)
            else { throw Self.noWait(text, now) }
            second = now + wait.components.seconds
            return
        }
        let (local, rest) = try Self.local(text)
        if let offset = try Self.offset(rest, text) {
            second = local.seconds - offset
        } else {
            let zone = try zone(rest)
            switch zone.occurrence(of: local) {
            case .once(let moment): second = moment
            case .twice(let first, let later):
                second = first
                notice =
                    "\(local) comes twice that day, because the clocks in \(zone.name) are set back: the first is meant; the second is \(zone.exactText(later))"
            case .never(let jump): throw Self.skipped(local, zone, jump)
            }
        }
        guard second > now else {
            throw Diagnostics([
                Diagnostic(
                    .timePast, "\(text) is in the past",
                    details: ["now it is \(ZoneRules.utcText(now))"],
                    help: ["give a later time, or one from now: --at +2h"])
            ])
        }
    }

    /// The day and the time, and what stands behind them.
    private static func local(_ text: String) throws(Diagnostics) -> (LocalTime, String) {
        guard let date = CalendarDate(String(text.prefix(10))) else {
            throw invalid(text, "it begins with no day, such as 2026-03-29")
        }
        let behind = text.dropFirst(10)
        guard let separator = behind.first, separator == "T" || separator == " " else {
            throw invalid(text, "it has no time of the day")
        }
        let clock = behind.dropFirst().prefix { $0.isASCII && $0.isNumber || $0 == ":" }
        guard let time = ClockTime(String(clock)) else {
            throw invalid(text, "\(clock.isEmpty ? "nothing" : String(clock)) is no time of a day")
        }
        let rest = behind.dropFirst().dropFirst(clock.count)
        return (LocalTime(date, time), String(rest.drop { $0 == " " }))
    }

    /// `Z`, `+01:00` or `-0330`, in seconds; `nil` for the name of a zone.
    private static func offset(_ rest: String, _ text: String) throws(Diagnostics) -> Int64? {
        if rest.isEmpty { throw invalid(text, "it names no time zone and no offset") }
        if rest == "Z" || rest == "z" { return 0 }
        guard let sign = rest.first, sign == "+" || sign == "-" else { return nil }
        var digits = rest.dropFirst()
        if digits.count == 4 {
            digits.insert(":", at: digits.index(digits.startIndex, offsetBy: 2))
        }
        if digits.count == 2 { digits += ":00" }
        guard let time = ClockTime(String(digits)), time.seconds <= 18 * 3600 else {
            throw invalid(text, "\(rest) is no offset")
        }
        return Int64(sign == "-" ? -time.seconds : time.seconds)
    }

    private static func skipped(
        _ local: LocalTime, _ zone: ZoneRules, _ jump: Int64
    ) -> Diagnostics {
        Diagnostics([
            Diagnostic(
                .timeSkipped, "no clock in \(zone.name) shows \(local): they are set ahead past it",
                help: [
                    "the last minute before it: --at \"\(zone.text(jump - 60))\"",
                    "the first minute after it: --at \"\(zone.text(jump))\"",
                ])
        ])
    }

    /// A day may have 23 or 25 hours, so a time in days is one only where a zone is named.
    private static func noWait(_ text: String, _ now: Int64) -> Diagnostics {
        let words = text.dropFirst().drop { $0 == " " }
        let digits = words.prefix { $0.isASCII && $0.isNumber }
        let unit = words.dropFirst(digits.count).drop { $0 == " " }.lowercased()
        let days: Int64? =
            switch unit {
            case "d", "day", "days": 1
            case "w", "week", "weeks": 7
            default: nil
            }
        guard let days, let count = Int64(digits), 1...100_000 ~= count else {
            return invalid(text, "it is no time from now, such as 90min or 2h")
        }
        return invalid(
            text, "a time from now is in hours at most, because days differ in length",
            hint: "did you mean \(ZoneRules.utcText(now + count * days * 86_400))?")
    }

    private static func invalid(
        _ text: String, _ reason: String, hint: String? = nil
    ) -> Diagnostics {
        Diagnostics([
            Diagnostic(
                .timeInvalid, "\"\(text)\" is no time: \(reason)", hint: hint,
                help: [
                    "write 2026-03-29T02:30+01:00, \"2026-03-29 02:30 Europe/Ljubljana\", or +2h for a time from now"
                ])
        ])
    }
}
