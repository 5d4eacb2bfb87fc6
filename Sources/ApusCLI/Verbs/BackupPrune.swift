import ApusCore
import ApusEngine
import ArgumentParser

/// `apus backup prune [--keep N] [--keep-days D]`
struct BackupPrune: Verb {
    static let configuration = CommandConfiguration(
        commandName: "prune",
        abstract: "Remove old backups of this database; the newest good ones stay.",
        discussion: """
            A backup counts as good when it was proven readable and is still, byte for byte, what was \
            written: what is counted is read in full first. With both options a backup goes only when \
            both let it go. The last good backup always stays.
            """)

    @OptionGroup var output: OutputOptions
    @OptionGroup var project: ProjectOptions

    @Option(
        help: ArgumentHelp(
            "How many good backups stay, those of one run counted once; else backup_keep of apus.yaml.",
            valueName: "n"))
    var keep: Int?

    @Option(
        name: .customLong("keep-days"),
        help: ArgumentHelp(
            "For how many days each stays; else backup_keep_days of apus.yaml.", valueName: "n"))
    var keepDays: Int?

    @Flag(name: .customLong("dry-run"), help: "Say what would go, and remove nothing.")
    var dryRun = false

    func validate() throws {
        if let keep, keep < 1 { throw ValidationError("--keep takes a number from 1.") }
        if let keepDays, keepDays < 1 {
            throw ValidationError("--keep-days takes a number from 1.")
        }
    }

    func run(in project: Project) async throws(Diagnostics) -> ExitStatus {
        let migrator = try project.migrator()
        guard let retention = try project.retention(count: keep, days: keepDays) else {
            throw Diagnostics([
                Diagnostic(
                    .usage, "nothing says how many backups are to stay",
                    help: ["apus backup prune --keep 10", "or set backup_keep in apus.yaml"])
            ])
        }
        let pruning = try migrator.pruneBackups(by: retention, dryRun: dryRun)
        let console = project.console
        if console.isJSON {
            console.document(
                JSONDocument("backup-prune", BackupPruneBody(pruning, isDryRun: dryRun)).text)
            return .success
        }
        let verb = dryRun ? "would go" : "removed"
        for name in pruning.leftovers { console.print("  - \(name)  half written, \(verb)") }
        for entry in pruning.removed {
            console.print("  - \(entry.name)  \(Wording.bytes(entry.bytes))  \(verb)")
        }
        for entry in pruning.unsound {
            console.print(
                "  \(console.paint("✗", .bad)) \(entry.name)  left, and not counted: \(entry.problem ?? "")"
            )
        }
        let freed = pruning.removed.reduce(0) { $0 + $1.bytes }
        console.answer(
            "\(Wording.count(pruning.removed.count, "backup")) \(verb), \(Wording.bytes(freed)); \(pruning.kept.count) kept."
        )
        return .success
    }
}
