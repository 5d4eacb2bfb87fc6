public import ApusCore

/// Whether files and history agree.
public struct Verification: Sendable {
    /// How many migration files the folders hold, valid or not.
    public var migrations: Int
    /// How many of them the database has had; `nil` where no database was asked.
    public var applied: Int?
    /// Everything that was found, errors, warnings and notices.
    public var findings: [Diagnostic]

    public init(migrations: Int, applied: Int?, findings: [Diagnostic]) {
        self.migrations = migrations
        self.applied = applied
        self.findings = findings
    }

    /// Looks at the files alone: whether each is valid, and whether their dependencies hold.
    public static func ofFiles(in folders: [MigrationFolder]) -> Verification {
        var result = Verification(migrations: 0, applied: nil, findings: [])
        for folder in folders {
            do throws(Diagnostics) {
                result.migrations += try folder.fileNames().count
                let migrations = try folder.read()
                _ = try DependencyGraph(
                    migrations: migrations, history: History(registry: .absent(userTables: 0)))
            } catch {
                result.findings += error.all
            }
        }
        return result
    }
}

extension Migrator {
    /// Compares files and history. Files that are not valid cannot be compared: then they alone are
    /// the findings, and the database is not asked.
    public func verify() async throws(Diagnostics) -> Verification {
        let files = Verification.ofFiles(in: [folder])
        guard files.findings.isEmpty else { return files }
        let state = try await state()
        return Verification(
            migrations: files.migrations, applied: state.history.applied.count,
            findings: state.drift + state.migrations.compactMap(Self.remark))
    }

    /// What is no disagreement, and stands in the way of the next `migrate`.
    private static func remark(_ state: MigrationState) -> Diagnostic? {
        switch state.status {
        case .late:
            Diagnostic(
                .lateMigration,
                "\(state.id.title) is pending and sorts before a migration that is applied",
                severity: .warning,
                at: state.migration.map { SourceLocation(file: $0.source.path, line: 1) },
                help: ["apus migrate refuses it unless --allow-out-of-order is given"])
        case .unfinished:
            Diagnostic(
                .unfinishedMigration, "\(state.id.title) stopped midway", severity: .warning,
                at: state.migration.map { SourceLocation(file: $0.source.path, line: 1) },
                help: ["go on: apus migrate", "or take it back: apus rollback \(state.id.version)"])
        case .applied, .pending, .missing, .changed, .invalid: nil
        }
    }
}
