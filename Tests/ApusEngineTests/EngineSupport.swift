import ApusCore
import ApusEngine
import ApusSQLite
import Foundation
import Synchronization
import SystemPackage

/// A folder of its own for one test, gone with it.
final class Workplace: Sendable {
    let path: FilePath

    init() throws {
        path = FilePath(NSTemporaryDirectory()).appending("apus-test-\(UUID().uuidString)")
        try FileManager.default.createDirectory(
            atPath: path.appending("migrations").string, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path.string) }

    var migrations: FilePath { path.appending("migrations") }
    var backups: FilePath { path.appending("backups") }
    var database: FilePath { path.appending("guests.sqlite") }
    var folder: MigrationFolder { MigrationFolder(migrations, dialect: .sqlite) }
    var driver: SQLiteDriver { SQLiteDriver(path: database.string) }

    func exists(_ path: FilePath) -> Bool { FileManager.default.fileExists(atPath: path.string) }

    func write(_ text: String, to path: FilePath) throws { try write(Array(text.utf8), to: path) }

    func write(_ bytes: [UInt8], to path: FilePath) throws {
        try Data(bytes).write(to: URL(filePath: path.string))
    }

    func bytes(_ path: FilePath) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: URL(filePath: path.string)))
    }

    /// Writes the file of `1.0.0 users`; the day follows from the version's middle number.
    @discardableResult
    func migration(
        _ title: String, _ directives: String..., up: String? = nil, down: String? = nil
    ) throws -> FilePath {
        let words = title.split(separator: " ")
        let day = Int(words[0].split(separator: ".")[1])! + 1
        let file = migrations.appending("2025010\(day)_000000_\(words[0])_\(words[1]).sql")
        let lines =
            directives.map { "-- apus: \($0)" } + [
                "-- Up Migration", up ?? "CREATE TABLE \(words[1]) (a INTEGER);",
                "-- Down Migration (Rollback)", down ?? "DROP TABLE \(words[1]);",
            ]
        try write(lines.joined(separator: "\n") + "\n", to: file)
        return file
    }

    func migrator(_ change: (inout Migrator) -> Void = { _ in }) -> Migrator {
        var migrator = Migrator(driver: driver, folder: folder)
        migrator.options.startedBy = "ana@laptop"
        migrator.options.lockWait = .seconds(600)
        change(&migrator)
        return migrator
    }

    /// With backups, at a moment that stands still.
    func migratorWithBackups(_ change: (inout Migrator) -> Void = { _ in }) -> Migrator {
        migrator {
            $0.backups = BackupStore(folder: backups)
            $0.now = { Timestamp(microseconds: 1_736_937_000_000_000) }
            change(&$0)
        }
    }

    /// The titles of what the database has, in the order of application.
    func applied() async throws -> [String] {
        try await migrator().history().applied.map(\.id.title)
    }

    /// Runs SQL that no history of this database knows of.
    func perform(_ sql: String) async throws {
        let other = try Workplace()
        try other.migration("1.0.0 other", "irreversible no", up: sql, down: "")
        let driver = SQLiteDriver(path: database.string, registryPrefix: "apus_other_")
        let migrator = Migrator(driver: driver, folder: other.folder)
        let foreign = try await migrator.history().registry
        if foreign != .absent(userTables: 0) {
            // What is there belongs to the history that is tested.
            _ = try await migrator.run(.baseline(SemanticVersion(0, 0, 0)))
        }
        let report = try await migrator.migrate()
        if let failure = report.failure { throw failure }
    }
}

/// Keeps what is reported, from any thread.
final class Recording<Element: Sendable>: Sendable {
    private let elements = Mutex<[Element]>([])

    var all: [Element] { elements.withLock { $0 } }

    func append(_ element: Element) { elements.withLock { $0.append(element) } }
}

extension RunEvent {
    /// The event in a few words, for comparing.
    var summary: String {
        switch self {
        case .waitingForRunLock: "waiting"
        case .runStarted(let run, let plan): "run \(run): \(plan.steps.count) steps"
        case .backupStarted(let name): "backup \(name)"
        case .backupProgress: "backup goes on"
        case .backupFinished: "backup done"
        case .backupsPruned(let pruning): "\(pruning.removed.count) removed"
        case .pruningFailed: "pruning failed"
        case .stepStarted(let id, let direction, let index, let count):
            "\(direction.rawValue) \(id.title) (\(index + 1) of \(count))"
        case .step(_, .statementStarted(let index, let count)): "statement \(index + 1) of \(count)"
        case .step(_, .statementFinished): "statement done"
        case .step: "something else"
        case .stepFinished(let outcome): outcome.failure == nil ? "step done" : "step failed"
        case .runEnded(let report): report.failure == nil ? "ended" : "ended with a failure"
        }
    }
}

/// Everything that stands against a call, as a person reads it.
func report(_ body: () async throws(Diagnostics) -> Void) async -> String {
    do throws(Diagnostics) {
        try await body()
        return ""
    } catch {
        return text(error.all)
    }
}

func text(_ problems: [Diagnostic]) -> String {
    problems.map { DiagnosticRenderer().render($0) }.joined(separator: "\n\n")
}

func version(_ text: String) -> SemanticVersion { SemanticVersion(text)! }
