import ApusCore
import ApusEngine
import ApusLint
import SystemPackage

/// What `lint --fix` wrote, and what it had to leave.
struct LintFixing {
    /// A file that was rewritten, and those that are new behind it.
    struct Rewritten {
        var path: String
        var added: [String]
        var fixed: [Finding]
    }

    private(set) var rewritten: [Rewritten] = []
    private(set) var unfixed: [LintFixes.Unfixed] = []
    /// The ids of the new files.
    private(set) var added: Set<MigrationID> = []
    /// Whether a lock has to be written anew.
    private(set) var needsLock = false
    /// Of files that could not be written: what was written before and behind them stands.
    private(set) var problems: [Diagnostic] = []

    /// Rewrites what can be in the folders, or in those files of theirs.
    ///
    /// - Parameter untouchable: Migrations that must stay as they are, with the reason.
    mutating func fix(
        _ folders: [MigrationFolder], _ files: [String], with lint: Lint,
        untouchable: [MigrationID: String]
    ) throws(Diagnostics) {
        for folder in folders {
            let survey = try folder.survey()
            var lint = lint
            if !files.isEmpty { lint.selection = LintSight.selection(of: files, in: survey) }
            let fixes = lint.fixes(
                for: survey.migrations, taken: survey.invalid, untouchable: untouchable)
            unfixed += fixes.unfixed
            let before = rewritten.count
            for rewrite in fixes.rewrites {
                do throws(Diagnostics) {
                    try write(rewrite, in: folder)
                } catch {
                    problems += error.all
                }
            }
            if folder.hasLock, rewritten.count > before { needsLock = true }
        }
    }

    private mutating func write(
        _ rewrite: LintFixes.Rewrite, in folder: MigrationFolder
    ) throws(Diagnostics) {
        let source = rewrite.migration.source
        let new = rewrite.added.map {
            NewFile(folder.path.appending($0.id.fileName), bytes: $0.bytes)
        }
        try FileRewrite(
            FilePath(source.path), from: source.bytes(0..<source.count), to: rewrite.file.bytes,
            adding: new
        ).write()
        added.formUnion(rewrite.added.map(\.id))
        rewritten.append(
            Rewritten(
                path: source.path, added: new.map(\.path.string), fixed: rewrite.fixed))
    }
}

extension DatabaseState {
    /// The migrations that a rewrite would tear from what this database has had, with the reason.
    var untouchable: [MigrationID: String] {
        let had = migrations.filter { $0.applied != nil || $0.unfinished != nil }
        var reasons: [MigrationID: String] = [:]
        for migration in migrations {
            if had.contains(where: { $0.id == migration.id }) {
                reasons[migration.id] =
                    "the database has had it: write the next migration instead"
            } else if let later = had.first(where: { $0.id > migration.id }) {
                reasons[migration.id] =
                    "the database has had \(later.id.title), which sorts behind it: what is split from it would be late"
            }
        }
        return reasons
    }
}
