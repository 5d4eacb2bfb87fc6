/// What identifies a migration: `YYYYMMDD_HHMMSS_VERSION_NAME`, its file's name without `.sql`.
///
/// Identifiers order by version, then timestamp, then name. Two that differ only in their version's
/// build metadata are different migrations.
public struct MigrationID: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The same object for all copies: where there are thousands of migrations, their identifiers are
    /// copied, compared and hashed all the time.
    private let content: Content

    /// Fifteen characters, `YYYYMMDD_HHMMSS`, a date and time that exist; in UTC by convention.
    public var timestamp: String { content.timestamp }
    public var version: SemanticVersion { content.version }
    /// Letters, digits, `_`, `-` and `.`; never empty.
    public var name: String { content.name }
    /// `TIMESTAMP_VERSION_NAME`.
    public var description: String { content.description }

    private final class Content: Sendable {
        let timestamp: String
        let version: SemanticVersion
        let name: String
        let description: String
        /// The description's, which is the same for descriptions that are equal.
        let hash: Int

        init(timestamp: String, version: SemanticVersion, name: String, description: String) {
            self.timestamp = timestamp
            self.version = version
            self.name = name
            self.description = description
            hash = description.hashValue
        }
    }

    public init?(timestamp: String, version: SemanticVersion, name: String) {
        self.init(
            timestamp: timestamp, version: version, name: name,
            description: "\(timestamp)_\(version)_\(name)")
    }

    /// Reads an identifier; `nil` where the text is not one.
    public init?(_ text: String) {
        let bytes = text.utf8
        // A version is written in one way only, so that the text is the description.
        guard let timeEnd = bytes.index(bytes.startIndex, offsetBy: 15, limitedBy: bytes.endIndex),
            let versionEnd = bytes[timeEnd...].dropFirst().firstIndex(of: UInt8(ascii: "_")),
            bytes[timeEnd] == UInt8(ascii: "_"),
            let version = SemanticVersion(String(text[bytes.index(after: timeEnd)..<versionEnd]))
        else { return nil }
        self.init(
            timestamp: String(text[..<timeEnd]), version: version,
            name: String(text[bytes.index(after: versionEnd)...]), description: text)
    }

    private init?(timestamp: String, version: SemanticVersion, name: String, description: String) {
        guard Self.isTimestamp(timestamp), Self.isName(name) else { return nil }
        content = Content(
            timestamp: timestamp, version: version, name: name, description: description)
    }

    /// `VERSION NAME`, as people speak of a migration.
    public var title: String { "\(version) \(name)" }

    /// `VERSION/NAME`, as commands and directives may name a migration.
    public var reference: String { "\(version)/\(name)" }

    /// `description` plus `.sql`.
    public var fileName: String { "\(self).sql" }

    public static func < (left: Self, right: Self) -> Bool {
        if left.version != right.version { return left.version < right.version }
        if left.timestamp != right.timestamp { return left.timestamp < right.timestamp }
        if left.name != right.name { return left.name < right.name }
        return left.version.build.joined(separator: ".")
            < right.version.build.joined(separator: ".")
    }

    public static func == (left: Self, right: Self) -> Bool {
        left.content === right.content
            || left.content.hash == right.content.hash && left.description == right.description
    }

    public func hash(into hasher: inout Hasher) { hasher.combine(content.hash) }

    /// Whether a text may be a migration's name.
    public static func isName(_ text: String) -> Bool {
        guard !text.isEmpty, text.utf8.count <= 200, text.utf8.first != UInt8(ascii: ".") else {
            return false
        }
        if text.utf8.allSatisfy(isPlain) { return true }
        return text.unicodeScalars.allSatisfy {
            $0 == "_" || $0 == "-" || $0 == "."
                || ($0.properties.isAlphabetic || $0.properties.numericType != nil)
        }
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"),
            UInt8(ascii: "."):
            true
        default: false
        }
    }

    static func isTimestamp(_ text: String) -> Bool {
        let bytes = text.utf8
        guard bytes.count == 15 else { return false }
        // YYYYMMDD and HHMMSS as numbers.
        var (day, time) = (0, 0)
        for (index, byte) in bytes.enumerated() {
            switch (index, byte) {
            case (8, UInt8(ascii: "_")): break
            case (0..<8, 0x30...0x39): day = day * 10 + Int(byte) - 0x30
            case (9..., 0x30...0x39): time = time * 10 + Int(byte) - 0x30
            default: return false
            }
        }
        let (year, month) = (day / 10_000, day / 100 % 100)
        let isLeap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0
        let days =
            switch month {
            case 2: isLeap ? 29 : 28
            case 4, 6, 9, 11: 30
            default: 31
            }
        return year > 0 && (1...12).contains(month) && (1...days).contains(day % 100)
            && time / 10_000 < 24 && time / 100 % 100 < 60 && time % 100 < 60
    }
}
