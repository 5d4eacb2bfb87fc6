public import ApusCore
import Foundation

extension ZoneRules {
    /// A time zone of the system's database by its name, such as `Europe/Ljubljana` or `UTC`.
    ///
    /// Throws `time-zone-unknown` with the nearest name. Abbreviations are refused: they mean
    /// different zones to different people.
    public static func named(_ name: String) throws(Diagnostics) -> ZoneRules {
        if ["UTC", "GMT", "Z"].contains(name) { return .utc }
        guard name.contains("/"), let zone = TimeZone(identifier: name) else {
            throw unknown(name)
        }
        return ZoneRules(name: name) { second in
            Int64(zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(second))))
        }
    }

    private static func unknown(_ name: String) -> Diagnostics {
        if let meant = ZoneAbbreviation.zones[name.uppercased()] {
            return Diagnostics([
                Diagnostic(
                    .timeZoneUnknown,
                    "\"\(name)\" is the abbreviation of a time zone, and not its name",
                    hint: "did you mean \(meant.joined(separator: " or "))?", help: [accepted])
            ])
        }
        // Some abbreviations are among them.
        let known = TimeZone.knownTimeZoneIdentifiers.filter { $0.contains("/") }
        // `Ljubljana` and `Europe/Lublana` mean the same one.
        let nearest =
            Suggestion.nearest(to: name, in: known + ["UTC"])
            ?? known.first { $0.lowercased().hasSuffix("/\(name.lowercased())") }
        return Diagnostics([
            Diagnostic(
                .timeZoneUnknown, "there is no time zone \"\(name)\"",
                hint: nearest.map { "did you mean \($0)?" }, help: [accepted])
        ])
    }

    private static let accepted =
        "write a zone as AREA/CITY, such as Europe/Ljubljana, or UTC, or an offset behind the time: 2026-03-29T02:30+01:00"
}

extension Timestamp {
    /// Whole seconds since 1970-01-01T00:00:00Z.
    package var second: Int64 {
        let (seconds, rest) = microseconds.quotientAndRemainder(dividingBy: 1_000_000)
        return rest < 0 ? seconds - 1 : seconds
    }

    package init(second: Int64) {
        self.init(microseconds: second * 1_000_000)
    }

    package static func + (left: Self, right: Duration) -> Self {
        Timestamp(
            microseconds: left.microseconds + right.components.seconds * 1_000_000
                + right.components.attoseconds / 1_000_000_000_000)
    }
}
