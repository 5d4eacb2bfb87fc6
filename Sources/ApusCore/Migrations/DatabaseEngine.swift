/// The kind of database, which is also the dialect that its scripts are written in.
public enum DatabaseEngine: String, Hashable, Sendable, CaseIterable {
    case postgres
    case sqlite

    /// The name as people write it.
    public var displayName: String {
        switch self {
        case .postgres: "PostgreSQL"
        case .sqlite: "SQLite"
        }
    }
}
