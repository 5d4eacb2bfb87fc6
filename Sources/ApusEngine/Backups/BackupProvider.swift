import ApusCore
import SystemPackage

/// Who makes the copy.
public enum BackupProvider: Hashable, Sendable {
    /// The driver: `pg_dump`, or SQLite's online backup.
    case dump
    /// A command of the user's.
    case command(BackupCommand)

    var name: String {
        switch self {
        case .dump: "dump"
        case .command: "command"
        }
    }
}

/// A command of the user's that takes a backup, and one that verifies it; a shell runs them.
///
/// They find in their environment: `APUS_BACKUP_NAME`; `APUS_BACKUP_FILE`, an empty file, mode 0600,
/// that may be written to; `APUS_BACKUP_RUN` (empty for a backup by hand), `APUS_DATABASE`,
/// `APUS_DATABASE_VERSION` (empty for an empty database), `APUS_ENGINE`; and what the driver's own
/// programs would be given to reach the database (PostgreSQL: `PGHOST`, `PGPASSWORD` and the like;
/// SQLite: `APUS_DATABASE_FILE`).
public struct BackupCommand: Hashable, Sendable {
    public var take: String
    /// `nil`: nothing proves the backup readable, and it never counts as verified.
    public var verify: String?
    /// The folder that the commands run in; `nil`: the current one.
    public var folder: String?

    public init(take: String, verify: String? = nil, folder: String? = nil) {
        self.take = take
        self.verify = verify
        self.folder = folder
    }
}

/// What a user's command said of itself, for the manifest.
struct CommandOutcome: Codable, Hashable, Sendable {
    var status: Int32
    /// The last lines that it printed.
    var output: String
}

extension BackupCommand {
    /// Runs one of the commands. Throws `failure` with its exit status and the end of its output.
    ///
    /// - Parameter setting: what the command is called in messages, which never show the command
    ///   itself: it may hold a secret.
    func run(
        _ command: String, called setting: String, _ environment: ProgramEnvironment,
        failure: DiagnosticCode
    ) async throws(DatabaseError) -> CommandOutcome {
        let variables = environment.values.merging(environment.secrets.mapValues(\.revealed)) { $1 }
        let program = Program(
            "/bin/sh", ["-c", command], environment: variables,
            folder: folder.map { FilePath($0) })
        let ending: Program.Ending
        do throws(Program.NotRun) {
            ending = try await program.runTogether()
        } catch {
            if Task.isCancelled { throw .backupInterrupted }
            throw DatabaseError(failure, "\(setting) could not be run", detail: error.reason)
        }
        let output = environment.secrets.values.reduce(ending.errors) { $1.redact($0) }
        guard ending.isSuccess else {
            if Task.isCancelled { throw .backupInterrupted }
            throw DatabaseError(
                failure, "\(setting) ended with exit status \(ending.status)",
                detail: output.isEmpty ? "it printed nothing" : output)
        }
        return CommandOutcome(status: ending.status, output: output)
    }
}

extension DatabaseError {
    static var backupInterrupted: DatabaseError {
        DatabaseError(.interrupted, "the backup was interrupted")
    }

    /// Throws `interrupted` in a task that is cancelled: between two things that do not look themselves.
    static func checkInterruption(of what: String) throws(DatabaseError) {
        if Task.isCancelled { throw DatabaseError(.interrupted, "\(what) was interrupted") }
    }
}
