/// A value that can come from a flag, the environment, `.env`, `apus.yaml`, or a default.
enum Setting: String, CaseIterable, Sendable {
    case name
    case databaseURL = "database_url"
    case migrations
    case engine
    case versions
    case application
    case environment
    case backups
    case backup
    case backupKeep = "backup_keep"
    case backupKeepDays = "backup_keep_days"
    case backupJobs = "backup_jobs"
    case backupCommand = "backup_command"
    case backupVerifyCommand = "backup_verify_command"
    case target
    case registry
    case lockTimeout = "lock_timeout"
    case statementTimeout = "statement_timeout"
    case lockWait = "lock_wait"
    case foreignKeys = "foreign_keys"
    case tests
    case requireRehearsal = "require_rehearsal"
    case rehearsalMaxAge = "rehearsal_max_age"
    case testMaxDuration = "test_max_duration"
    case testMaxLock = "test_max_lock"

    /// Where it stands in `apus.yaml`: its key, below that of its map where it is in one.
    var fileKeys: [String] {
        switch self {
        case .testMaxDuration: ["test", "max_duration"]
        case .testMaxLock: ["test", "max_lock"]
        default: [rawValue]
        }
    }

    /// The settings at the top of `apus.yaml`, or of one environment there.
    static func topKeys(_ settings: [Setting]) -> [String] {
        settings.filter { $0.fileKeys.count == 1 }.map { $0.fileKeys[0] }
    }

    /// Those that stand in maps, by the map's key.
    static var mapKeys: [String: [String]] {
        Dictionary(grouping: allCases.map(\.fileKeys).filter { $0.count == 2 }) { $0[0] }
            .mapValues { $0.map { $0[1] } }
    }

    /// The variable in the environment and in `.env`: `DATABASE_URL`, else `APUS_…`.
    var variable: String {
        self == .databaseURL ? "DATABASE_URL" : "APUS_\(rawValue.uppercased())"
    }

    /// The flag, for messages.
    var flag: String { "--\(rawValue.replacing("_", with: "-"))" }

    /// Whether it may be set for one environment, below `environments.NAME` in `apus.yaml`: all but
    /// the one that says which environment it is.
    var isPerEnvironment: Bool { self != .environment }

    /// Whether the value is a path that is read relative to where it was written.
    var isPath: Bool {
        switch self {
        case .migrations, .versions, .backups, .tests: true
        default: false
        }
    }
}
