package import ApusCore

extension DatabaseEngine {
    /// What to do where a database cannot be written to.
    package var adviceWhereReadOnly: String {
        switch self {
        case .postgres: "connect to the primary server"
        case .sqlite: "make the file and its folder writable for this user; then: apus doctor"
        }
    }
}
