public import ApusCore

/// Whether files and history agree.
public struct Verification: Sendable {
    /// How many migration files the folders hold, valid or not.
    public var migrations: Int
    /// How many of them the database has had; `nil` where no database was asked.
    public var applied: Int?
    /// Everything that was found, errors, warnings and notices.
    public var findings: [Diagnostic]
    /// How the live schema compares with the recorded one; `nil` where it was not compared.
    public var schema: SchemaComparison?

    public init(
        migrations: Int, applied: Int?, findings: [Diagnostic], schema: SchemaComparison? = nil
    ) {
        self.schema = schema
        self.migrations = migrations
        self.applied = applied
        self.findings = findings
    }

    /// Looks at the files alone: whether each is valid, whether their dependencies hold, and whether
    /// they are what was locked.
    ///
    /// - Parameter requiresLock: Whether a folder without a lock file is a finding.
    public static func ofFiles(
        in folders: [MigrationFolder], requiresLock: Bool = false
    ) -> Verification {
        var result = Verification(migrations: 0, applied: nil, findings: [])
        for folder in folders {
            do throws(Diagnostics) {
                result.migrations += try folder.fileNames().count
                let survey = try folder.survey()
                result.findings += survey.problems + survey.lockFindings
                if requiresLock, !folder.hasLock { result.findings.append(unlocked(folder)) }
                guard survey.problems.isEmpty else { continue }
                _ = try DependencyGraph(
                    migrations: survey.migrations,
                    history: History(registry: .absent(userTables: 0)))
            } catch {
                result.findings += error.all
            }
        }
        return result
    }

    private static func unlocked(_ folder: MigrationFolder) -> Diagnostic {
        Diagnostic(
            .lockFileMissing, "there is no \(MigrationLock.fileName) in \(folder.path)",
            help: ["look at the files, write the lock and commit it: apus lock"])
    }
}

extension Migrator {
    /// Compares files, history and the live schema. Files that are not valid cannot be compared: then they alone are
    /// the findings, and the database is not asked.
    ///
    /// - Parameter requiresLock: Whether a folder without a lock file is a finding.
    public func verify(requiresLock: Bool = false) async throws(Diagnostics) -> Verification {
        let files = Verification.ofFiles(in: [folder], requiresLock: requiresLock)
        guard files.findings.allSatisfy({ $0.code.outcome == .drift }) else { return files }
        let survey = try folder.survey()
        return try await withSession { (session) throws(Diagnostics) in
            let state = try await state(survey, session)
            let schema = try await asking { () async throws(DatabaseError) in
                try await SchemaComparison.withRecorded(session)
            }
            let contradictions = try await asking { () async throws(DatabaseError) in
                try await session.contradictions()
            }
            var findings = files.findings.filter { $0.code == .lockFileMissing }
            findings += Self.remark(state.history.registry) + state.drift
            findings += contradictions.map(\.diagnostic)
            findings += state.migrations.compactMap(Self.remark)
            findings += schema?.findings ?? []
            return Verification(
                migrations: files.migrations, applied: state.history.applied.count,
                findings: findings,
                schema: schema)
        }
    }

    private static func remark(_ registry: History.Registry) -> [Diagnostic] {
        guard case .absent(let tables) = registry, tables > 0 else { return [] }
        return [
            Diagnostic(
                .tablesWithoutHistory,
                "the database has \(tables) \(tables == 1 ? "table" : "tables") and no history to compare with",
                severity: .warning,
                help: ["if the tables are what migrations up to V make: apus baseline V"])
        ]
    }

    /// What is no disagreement, and stands in the way of the next `migrate`.
    private static func remark(_ state: MigrationState) -> Diagnostic? {
        switch state.status {
        case .late:
            Diagnostic(
                .lateMigration,
                "\(state.id.title) is pending and belongs before a migration that is applied",
                severity: .warning,
                at: state.migration.map { SourceLocation(file: $0.source.path, line: 1) },
                help: ["apus migrate refuses it unless --allow-out-of-order is given"])
        case .unfinished:
            Diagnostic(
                .unfinishedMigration, "\(state.id.title) stopped midway", severity: .warning,
                at: state.migration.map { SourceLocation(file: $0.source.path, line: 1) },
                help: [
                    "go on: apus repair resume",
                    "or take it back: apus rollback \(state.id.version)",
                ])
        case .applied, .pending, .missing, .changed, .invalid: nil
        }
    }
}
