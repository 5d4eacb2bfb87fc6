/// The eight modes in which PostgreSQL locks a table, from the weakest to the strongest
/// (`explicit-locking.html#LOCKING-TABLES` of its documentation).
public enum TableLockMode: String, Hashable, Sendable, CaseIterable, Comparable {
    case accessShare = "AccessShareLock"
    case rowShare = "RowShareLock"
    case rowExclusive = "RowExclusiveLock"
    case shareUpdateExclusive = "ShareUpdateExclusiveLock"
    case share = "ShareLock"
    case shareRowExclusive = "ShareRowExclusiveLock"
    case exclusive = "ExclusiveLock"
    case accessExclusive = "AccessExclusiveLock"

    /// From 1 to 8, as the server numbers them (`lockdefs.h`).
    public var number: Int { Self.allCases.firstIndex(of: self)! + 1 }

    /// The mode of that number; `nil` for any other.
    public init?(number: Int) {
        guard (1...8).contains(number) else { return nil }
        self = Self.allCases[number - 1]
    }

    /// As `LOCK TABLE` spells it: `ACCESS EXCLUSIVE`.
    public var name: String {
        var name = ""
        for character in rawValue.dropLast("Lock".count) {
            if character.isUppercase, !name.isEmpty { name.append(" ") }
            name.append(contentsOf: character.uppercased())
        }
        return name
    }

    /// Whether nobody may read the table meanwhile.
    public var stopsReads: Bool { self == .accessExclusive }

    /// Whether nobody may write to the table meanwhile.
    public var stopsWrites: Bool { self >= .share }

    public static func < (one: TableLockMode, other: TableLockMode) -> Bool {
        one.number < other.number
    }
}
