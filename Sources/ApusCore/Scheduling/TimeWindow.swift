/// A window that comes again, or once: `Sun 02:00-04:00 Europe/Ljubljana`.
public struct TimeWindow: Sendable {
    public enum Days: Hashable, Sendable {
        case weekdays(Set<Weekday>)
        case date(CalendarDate)
    }

    public var days: Days
    public var start: ClockTime
    /// Before or at `start`: on the next day.
    public var end: ClockTime
    public var zone: ZoneRules

    /// One coming of the window: two moments, in seconds since 1970-01-01T00:00:00Z.
    public struct Occurrence: Hashable, Sendable {
        public var begin: Int64
        public var end: Int64
    }

    /// Reads a window.
    ///
    /// The days are weekday names (`Sun`, `Sunday`), several with commas, ranges (`Mon-Fri`), `daily`,
    /// or one date. Throws `time-invalid`, `window-never-comes`, or what `zone` throws.
    public init(
        _ text: String, zone: (String) throws(Diagnostics) -> ZoneRules
    ) throws(Diagnostics) {
        let words = text.split(separator: " ").map(String.init)
        guard words.count >= 3 else { throw Self.invalid(text, "it wants days, times and a zone") }
        let times = words[words.count - 2].split(separator: "-", omittingEmptySubsequences: false)
        guard times.count == 2, let start = ClockTime(String(times[0])),
            let end = ClockTime(String(times[1])), start.seconds < 86_400
        else {
            throw Self.invalid(
                text, "\(words[words.count - 2]) is no pair of times of a day")
        }
        days = try Self.days(words.dropLast(2).joined(separator: " "), text)
        self.start = start
        self.end = end
        guard start != end else {
            throw Diagnostics([
                Diagnostic(
                    .windowNeverComes, "a window from \(start) to \(end) has no length",
                    help: ["write an end behind the beginning, such as 02:00-04:00"])
            ])
        }
        self.zone = try zone(words[words.count - 1])
    }

    /// The window that is open at a moment, or else the next one; `nil` where there is none any more.
    ///
    /// Where clocks are set ahead past its beginning or end, that is when they are; a window that lies
    /// in the hour that is left out does not come that day. Where they are set back, it begins the
    /// first time that they show its beginning and ends the second time that they show its end.
    public func next(at now: Int64) -> Occurrence? {
        switch days {
        case .date(let date):
            return occurrence(on: date).flatMap { $0.end > now ? $0 : nil }
        case .weekdays(let weekdays):
            // From yesterday on, whose window may go past midnight. A window that is left out once
            // comes the week after.
            guard let today = zone.local(now).date?.daysSinceEpoch else { return nil }
            for day in (today - 1)...(today + 15) {
                guard let date = CalendarDate(daysSinceEpoch: day),
                    weekdays.contains(date.weekday), let found = occurrence(on: date),
                    found.end > now
                else { continue }
                return found
            }
            return nil
        }
    }

    /// The window that begins on a day; `nil` where the clocks leave it out.
    func occurrence(on date: CalendarDate) -> Occurrence? {
        var last = LocalTime(date, end)
        if end < start { last.seconds += 86_400 }
        let begin: Int64 =
            switch zone.occurrence(of: LocalTime(date, start)) {
            case .once(let moment), .twice(let moment, _), .never(let moment): moment
            }
        let end: Int64 =
            switch zone.occurrence(of: last) {
            case .once(let moment), .twice(_, let moment), .never(let moment): moment
            }
        return begin < end ? Occurrence(begin: begin, end: end) : nil
    }

    // MARK: Reading

    private static func days(_ days: String, _ text: String) throws(Diagnostics) -> Days {
        if ["daily", "every day"].contains(days.lowercased()) {
            return .weekdays(Set(Weekday.allCases))
        }
        if let date = CalendarDate(days) { return .date(date) }
        var found: Set<Weekday> = []
        for part in days.split(whereSeparator: { $0 == "," || $0 == " " }) {
            let ends = part.split(separator: "-", omittingEmptySubsequences: false)
            guard ends.count <= 2 else { throw unknown(String(part), text) }
            let first = try weekday(String(ends[0]), text)
            let last = ends.count == 2 ? try weekday(String(ends[1]), text) : first
            let length = (last.rawValue - first.rawValue + 7) % 7
            for step in 0...length {
                found.insert(Weekday.allCases[(first.rawValue + step) % 7])
            }
        }
        guard !found.isEmpty else { throw invalid(text, "it names no day") }
        return .weekdays(found)
    }

    private static func weekday(_ word: String, _ text: String) throws(Diagnostics) -> Weekday {
        guard let day = Weekday(word) else { throw unknown(word, text) }
        return day
    }

    private static func unknown(_ word: String, _ text: String) -> Diagnostics {
        let names = Weekday.allCases.map(\.name) + Weekday.allCases.map(\.shortName) + ["daily"]
        return invalid(
            text, "\"\(word)\" is no day",
            hint: Suggestion.nearest(to: word, in: names).map { "did you mean \($0)?" })
    }

    private static func invalid(
        _ text: String, _ reason: String, hint: String? = nil
    ) -> Diagnostics {
        Diagnostics([
            Diagnostic(
                .timeInvalid, "\"\(text)\" is no window: \(reason)", hint: hint,
                help: [
                    "write \"Sun 02:00-04:00 Europe/Ljubljana\", \"Mon-Fri 22:00-06:00 UTC\" or \"daily 03:00-04:00 UTC\""
                ])
        ])
    }
}
