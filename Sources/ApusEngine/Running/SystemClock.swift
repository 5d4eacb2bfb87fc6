public import ApusCore
import Foundation

extension Timestamp {
    /// The system's clock, now.
    public static var now: Timestamp {
        Timestamp(microseconds: Int64((Date().timeIntervalSince1970 * 1_000_000).rounded()))
    }

    /// `YYYYMMDD_HHMMSS` in UTC, as migration ids carry it.
    public var idText: String { formatted("%04d%02d%02d_%02d%02d%02d") }

    /// `YYYYMMDDTHHMMSSZ`, as file names carry it.
    public var fileText: String { formatted("%04d%02d%02dT%02d%02d%02dZ") }

    /// `YYYY-MM-DDTHH:MM:SSZ`: ISO 8601, whole seconds, UTC.
    public var isoText: String { formatted("%04d-%02d-%02dT%02d:%02d:%02dZ") }

    private func formatted(_ format: String) -> String {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .gmt
        let date = Date(timeIntervalSince1970: Double(microseconds / 1_000_000))
        let parts = calendar.dateComponents(
            [.year, .month, .day, .hour, .minute, .second], from: date)
        return String(
            format: format, parts.year ?? 0, parts.month ?? 0, parts.day ?? 0, parts.hour ?? 0,
            parts.minute ?? 0, parts.second ?? 0)
    }
}
