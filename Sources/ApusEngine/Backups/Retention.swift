import ApusCore

/// Which backups of one database may go.
///
/// Only a backup that is proven good counts, and only behind enough of those may another be removed:
/// a bad one never pushes out a good one, and the last good one always stays.
public struct Retention: Hashable, Sendable {
    /// How many good backups stay in any case, the newest ones; `nil`: the newest. Those of one run
    /// count once, and stay or go together.
    public var count: Int?
    /// For how many days every backup stays; `nil`: age keeps none.
    public var days: Int?

    public init(count: Int? = nil, days: Int? = nil) {
        self.count = count
        self.days = days
    }

    /// How many good backups must stand before one that is older may go.
    var needed: Int { max(1, count ?? 1) }

    /// Whether a backup of that age may go, where so many newer ones are proven good.
    func allowsRemoval(goodOnesBefore good: Int, age: Duration) -> Bool {
        guard good >= needed else { return false }
        return days.map { age > .seconds(86_400 * Int64($0)) } ?? true
    }
}
