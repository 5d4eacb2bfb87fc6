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

    /// The key in `apus.yaml`.
    var fileKey: String { rawValue }

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
        case .migrations, .versions, .backups: true
        default: false
        }
    }
}
