import ApusCore
import ApusEngine
import ArgumentParser

/// `apus lock`
struct Lock: Verb {
    static let configuration = CommandConfiguration(
        commandName: "lock",
        abstract: "Write migrations.lock: the migration files as they are, reviewed by you.",
        discussion: """
            Where a folder has the file, nothing is run that it does not vouch for. Commit it beside \
            the migrations; check it with: apus verify --files --locked
            """)

    @OptionGroup var output: OutputOptions
    @OptionGroup var project: ProjectOptions

    func run(in project: Project) async throws(Diagnostics) -> ExitStatus {
        let folders = try project.folders()
        let present = folders.filter(\.exists)
        let locks = try (present.isEmpty ? folders : present).map { (folder) throws(Diagnostics) in
            try FolderLock.decide(for: folder)
        }
        for lock in locks { try lock.write() }
        let console = project.console
        if console.isJSON {
            console.document(JSONDocument("lock", LockBody(locks)).text)
            return .success
        }
        for lock in locks { LockText(lock: lock, console: console).print() }
        console.print(
            locks.allSatisfy { $0.occasion == .unchanged }
                ? "Next: apus plan" : "Next: commit it beside the migrations")
        return .success
    }
}
