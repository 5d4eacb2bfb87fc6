/// Where the application's rows are: one statement at a time, its values always apart from its text.
///
/// Placeholders are `$1`, `$2` … in the order in which they first appear; PostgreSQL and SQLite then
/// understand the same text. Values go and come as text.
protocol Database: Sendable {
    /// Throws ``DatabaseProblem``.
    func rows(_ sql: String, _ values: [String?]) async throws(DatabaseProblem) -> [Row]

    /// What the file wants once, before it is used beside a migration.
    func prepare() async throws(DatabaseProblem)
}

extension Database {
    func prepare() async throws(DatabaseProblem) {}
}

/// A row by the names of its columns; NULL is missing.
typealias Row = [String: String]

/// Why a statement brought nothing.
struct DatabaseProblem: Error, Hashable, Sendable {
    enum Kind: Hashable, Sendable {
        /// A row like it is there already.
        case duplicate
        case other
    }

    var kind: Kind
    /// For the log: it may name what visitors should not see.
    var message: String
}
