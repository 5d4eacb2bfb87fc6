import ApusCore
import ApusEngine
import ArgumentParser
import SystemPackage

/// `apus backup list`
struct BackupList: Verb {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the backups, newest first; needs no database.")

    @OptionGroup var output: OutputOptions
    @OptionGroup var project: ProjectOptions

    func run(in project: Project) async throws(Diagnostics) -> ExitStatus {
        let store = try project.backups()
        let backups = try store.list()
        let console = project.console
        if console.isJSON {
            console.document(
                JSONDocument("backups", BackupListBody(folder: store.folder.string, backups)).text)
            return .success
        }
        console.print("\(Wording.count(backups.count, "backup")) in \(store.folder)")
        let width = backups.map(\.name.count).max() ?? 0
        for backup in backups { console.answer(Self.line(backup, width, console)) }
        console.print(backups.isEmpty ? "Next: apus backup" : "Next: apus backup verify NAME")
        return .success
    }

    private static func line(_ backup: BackupEntry, _ width: Int, _ console: Console) -> String {
        let name = Wording.padded(backup.name, width)
        if let problem = backup.problem {
            return
                "  \(console.paint("✗", .bad)) \(name)  \(backup.isUnreadable ? "unreadable" : "damaged"): \(problem)"
        }
        let run = backup.run.map { "run \($0)" } ?? "by hand"
        if !backup.isVerified {
            return
                "  \(console.paint("–", .warning)) \(name)  \(backup.takenAt)  \(Wording.bytes(backup.bytes))  \(backup.database) \(backup.databaseVersion ?? "empty")  \(run)  not verified"
        }
        return
            "  \(console.paint("✓", .good)) \(name)  \(backup.takenAt)  \(Wording.bytes(backup.bytes))  \(backup.database) \(backup.databaseVersion ?? "empty")  \(run)"
    }
}
