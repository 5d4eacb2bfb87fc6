/// What a clock on the wall shows: a day and a time of it, in no particular zone.
public struct LocalTime: Hashable, Comparable, Sendable {
    /// Seconds since 1970-01-01 00:00 as that clock counts them, without any leap.
    public var seconds: Int64

    public init(seconds: Int64) {
        self.seconds = seconds
    }

    /// A time of a day; 24:00 is the beginning of the next one.
    public init(_ date: CalendarDate, _ time: ClockTime = ClockTime(seconds: 0)) {
        seconds = date.daysSinceEpoch * 86_400 + Int64(time.seconds)
    }

    /// The day; `nil` beyond the years 1 to 9999.
    public var date: CalendarDate? { CalendarDate(daysSinceEpoch: day) }

    public var time: ClockTime { ClockTime(seconds: Int(seconds - day * 86_400)) }

    private var day: Int64 {
        let (days, rest) = seconds.quotientAndRemainder(dividingBy: 86_400)
        return rest < 0 ? days - 1 : days
    }

    public static func < (left: Self, right: Self) -> Bool { left.seconds < right.seconds }
}

extension LocalTime: CustomStringConvertible {
    /// `2026-03-29 02:30`, with seconds where there are any.
    public var description: String { "\(date?.description ?? "?") \(time)" }
}

/// A time of the day: seconds since its beginning, up to 24:00.
public struct ClockTime: Hashable, Comparable, Sendable {
    public var seconds: Int

    public init(seconds: Int) {
        self.seconds = seconds
    }

    public static func < (left: Self, right: Self) -> Bool { left.seconds < right.seconds }
}

extension ClockTime: LosslessStringConvertible {
    /// Reads `02:30`, `02:30:15` and `24:00`; anything else is `nil`.
    public init?(_ text: String) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        let numbers = parts.compactMap { part in
            part.utf8.count == 2 && part.allSatisfy { $0.isASCII && $0.isNumber } ? Int(part) : nil
        }
        guard (2...3).contains(parts.count), numbers.count == parts.count, numbers[0] <= 24,
            numbers[1] < 60, numbers.count == 2 || numbers[2] < 60
        else { return nil }
        let second = numbers.count == 3 ? numbers[2] : 0
        seconds = numbers[0] * 3600 + numbers[1] * 60 + second
        guard seconds <= 86_400 else { return nil }
    }

    public var description: String {
        func padded(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let text = "\(padded(seconds / 3600)):\(padded(seconds / 60 % 60))"
        return seconds % 60 == 0 ? text : "\(text):\(padded(seconds % 60))"
    }
}

extension CalendarDate {
    // Howard Hinnant's `days_from_civil` and `civil_from_days`
    // (https://howardhinnant.github.io/date_algorithms.html): years that begin in March, so that the
    // leap day comes last.

    /// Days since 1970-01-01.
    public var daysSinceEpoch: Int64 {
        let shifted = month <= 2 ? year - 1 : year
        let era = shifted / 400
        let yearOfEra = shifted % 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return Int64(era * 146_097 + dayOfEra - 719_468)
    }

    /// The day that comes so many days after 1970-01-01; `nil` beyond the years 1 to 9999.
    public init?(daysSinceEpoch: Int64) {
        guard (-719_162...2_932_896).contains(daysSinceEpoch) else { return nil }
        let days = Int(daysSinceEpoch) + 719_468
        let (era, dayOfEra) = (days / 146_097, days % 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shifted = (5 * dayOfYear + 2) / 153
        let month = shifted < 10 ? shifted + 3 : shifted - 9
        self.init(
            year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month: month,
            day: dayOfYear - (153 * shifted + 2) / 5 + 1)
    }

    public var weekday: Weekday {
        // 1970-01-01 was a Thursday.
        let index = Int((daysSinceEpoch + 3) % 7)
        return Weekday.allCases[index < 0 ? index + 7 : index]
    }
}

/// A day of the week.
public enum Weekday: Int, Hashable, Sendable, CaseIterable {
    case monday, tuesday, wednesday, thursday, friday, saturday, sunday

    var name: String {
        switch self {
        case .monday: "Monday"
        case .tuesday: "Tuesday"
        case .wednesday: "Wednesday"
        case .thursday: "Thursday"
        case .friday: "Friday"
        case .saturday: "Saturday"
        case .sunday: "Sunday"
        }
    }

    /// `Sun`
    var shortName: String { String(name.prefix(3)) }

    /// Reads `Sun` and `Sunday` in any letter case.
    init?(_ text: String) {
        let word = text.lowercased()
        let found = Self.allCases.first {
            $0.name.lowercased() == word || $0.shortName.lowercased() == word
        }
        guard let found else { return nil }
        self = found
    }
}
