public import ApusCore
import Foundation

extension Timestamp {
    /// The system's clock, now.
    public static var now: Timestamp {
        Timestamp(microseconds: Int64((Date().timeIntervalSince1970 * 1_000_000).rounded()))
    }

    /// `YYYYMMDD_HHMMSS` in UTC, as migration ids carry it.
    public var idText: String { "\(date.filter { $0 != "-" })_\(time(separator: ""))" }

    /// `YYYYMMDDTHHMMSSZ`, as file names carry it.
    public var fileText: String { "\(date.filter { $0 != "-" })T\(time(separator: ""))Z" }

    /// `YYYY-MM-DDTHH:MM:SSZ`: ISO 8601, whole seconds, UTC; from 0001 to 9999.
    public var isoText: String { "\(date)T\(time(separator: ":"))Z" }

    private var date: String {
        local.date?.description ?? (microseconds < 0 ? "0001-01-01" : "9999-12-31")
    }

    private func time(separator: String) -> String {
        let seconds = local.time.seconds
        return [seconds / 3600, seconds / 60 % 60, seconds % 60].map {
            $0 < 10 ? "0\($0)" : "\($0)"
        }
        .joined(separator: separator)
    }

    /// What a clock in UTC shows, without fractions of a second.
    package var local: LocalTime {
        LocalTime(seconds: Int64((Double(microseconds) / 1_000_000).rounded(.down)))
    }
}
