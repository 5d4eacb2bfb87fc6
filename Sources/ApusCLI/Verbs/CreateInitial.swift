import ApusCore
import ApusEngine
import ArgumentParser
import SystemPackage

/// `apus create-initial`
struct CreateInitial: Verb {
    static let configuration = CommandConfiguration(
        commandName: "create-initial",
        abstract:
            "Write missing files back from the history, or the live schema as the first migration.",
        discussion: "Never overwrites. The database is only read.")

    @OptionGroup var output: OutputOptions
    @OptionGroup var project: ProjectOptions

    func run(in project: Project) async throws(Diagnostics) -> ExitStatus {
        let migrator = try project.migrator()
        let initial = try await project.announcing(migrator) { (migrator) throws(Diagnostics) in
            try await migrator.initialFiles()
        }
        try migrator.write(initial)
        let console = project.console
        if console.isJSON {
            console.document(
                JSONDocument("create-initial", CreateInitialBody(initial, migrator.driver.target))
                    .text)
            return ExitStatus(initial.findings)
        }
        for file in initial.files { console.answer("  \(console.paint("✓", .good)) \(file.path)") }
        for finding in initial.findings { console.report(finding) }
        console.print(initial.closing)
        return ExitStatus(initial.findings)
    }
}

extension InitialFiles {
    fileprivate var closing: String {
        switch occasion {
        case .restored where files.isEmpty && findings.isEmpty:
            "Nothing to write: each applied migration has its file."
        case .restored:
            "\(Wording.count(files.count, "file")) written back from the history, byte for byte. Next: apus verify"
        case .schema:
            "The live schema is written down. Next: read the file, then apus baseline \(Self.version)"
        case .start:
            "The database is empty: a file to begin with. Next: write both sections, then apus migrate"
        }
    }
}
