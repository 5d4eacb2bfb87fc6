/// What identifies a migration: `YYYYMMDD_HHMMSS_VERSION_NAME`, its file's name without `.sql`.
///
/// Identifiers order by version, then timestamp, then name. Two that differ only in their version's
/// build metadata are different migrations.
public struct MigrationID: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// Fifteen characters, `YYYYMMDD_HHMMSS`, a date and time that exist; in UTC by convention.
    public let timestamp: String
    public let version: SemanticVersion
    /// Letters, digits, `_`, `-` and `.`; never empty.
    public let name: String
    /// `TIMESTAMP_VERSION_NAME`, made once: identifiers are compared and hashed all the time.
    public let description: String

    public init?(timestamp: String, version: SemanticVersion, name: String) {
        guard Self.isTimestamp(timestamp), Self.isName(name) else { return nil }
        self.timestamp = timestamp
        self.version = version
        self.name = name
        description = "\(timestamp)_\(version)_\(name)"
    }

    /// Reads an identifier; `nil` where the text is not one.
    public init?(_ text: String) {
        let bytes = text.utf8
        let parts = bytes.split(
            separator: UInt8(ascii: "_"), maxSplits: 3, omittingEmptySubsequences: false)
        guard parts.count == 4,
            let version = SemanticVersion(
                String(text[parts[2].startIndex..<parts[2].endIndex]))
        else { return nil }
        self.init(
            timestamp: String(text[..<parts[1].endIndex]), version: version,
            name: String(text[parts[3].startIndex...]))
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
        left.description == right.description
    }

    public func hash(into hasher: inout Hasher) { hasher.combine(description) }

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
        let bytes = Array(text.utf8)
        guard bytes.count == 15, bytes[8] == 0x5F else { return false }
        var digits: [Int] = []
        for (index, byte) in bytes.enumerated() where index != 8 {
            guard byte >= 0x30, byte <= 0x39 else { return false }
            digits.append(Int(byte) - 0x30)
        }
        func number(_ range: Range<Int>) -> Int { digits[range].reduce(0) { $0 * 10 + $1 } }
        let (year, month, day) = (number(0..<4), number(4..<6), number(6..<8))
        let (hour, minute, second) = (number(8..<10), number(10..<12), number(12..<14))
        let isLeap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0
        let days = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        return year > 0 && (1...12).contains(month)
            && (1...days[max(0, min(11, month - 1))]).contains(day)
            && hour < 24 && minute < 60 && second < 60
    }
}
