public import ApusCore

/// When something is to be run: from one moment to another, and how the person said it.
public struct ScheduleTime: Hashable, Sendable {
    public var notBefore: Timestamp
    /// Whoever comes later does not begin any more.
    public var notAfter: Timestamp
    /// `--at +2h`, `--window "Sun 02:00-04:00 Europe/Ljubljana"`
    public var said: String
    /// What the person should know about the time.
    public var notices: [Diagnostic]

    /// How late a run that was asked for one moment may begin, unless something else is said.
    public static let usualLateness = Duration.seconds(15 * 60)

    /// A moment: `2026-03-29T02:30+01:00`, `2026-03-29 02:30 Europe/Ljubljana`, `+2h`.
    ///
    /// Throws `time-invalid`, `time-zone-unknown`, `time-skipped`, `time-past`, and `window-never-comes`
    /// where `lateness` is nothing.
    public static func at(
        _ text: String, lateness: Duration = Self.usualLateness, now: Timestamp
    ) throws(Diagnostics) -> ScheduleTime {
        guard lateness > .zero else {
            throw Diagnostics([
                Diagnostic(
                    .windowNeverComes, "a run that may begin within no time is never begun",
                    help: ["give it some: --within 15m"])
            ])
        }
        let point = try PointInTime(text, now: now.second) { (name) throws(Diagnostics) in
            try ZoneRules.named(name)
        }
        let moment = Timestamp(second: point.second)
        return ScheduleTime(
            notBefore: moment, notAfter: moment + lateness, said: "at \(text)",
            notices: point.notice.map { [Diagnostic(.timeTwice, $0, severity: .notice)] } ?? [])
    }

    /// The window that is open, or else the next one: `Sun 02:00-04:00 Europe/Ljubljana`.
    ///
    /// Throws `time-invalid`, `time-zone-unknown`, `window-never-comes`, `time-past`.
    public static func window(
        _ text: String, now: Timestamp
    ) throws(Diagnostics) -> ScheduleTime {
        let window = try TimeWindow(text) { (name) throws(Diagnostics) in
            try ZoneRules.named(name)
        }
        guard let next = window.next(at: now.second) else { throw absent(window, text, now) }
        return ScheduleTime(
            notBefore: Timestamp(second: next.begin), notAfter: Timestamp(second: next.end),
            said: "window \(text)", notices: [])
    }

    private static func absent(
        _ window: TimeWindow, _ text: String, _ now: Timestamp
    ) -> Diagnostics {
        let isPast =
            if case .date(let date) = window.days {
                LocalTime(date, window.start) < window.zone.local(now.second)
            } else {
                false
            }
        return Diagnostics([
            isPast
                ? Diagnostic(
                    .timePast, "the window \(text) is in the past",
                    details: ["now it is \(now.isoText)"],
                    help: ["give a later day, or one that comes again: --window \"daily …\""])
                : Diagnostic(
                    .windowNeverComes,
                    "the window \(text) never comes: the clocks in \(window.zone.name) are set ahead past it",
                    help: ["give other times, or another day"])
        ])
    }
}
