import ApusCore
import ApusEngine
import ArgumentParser

/// `apus version history`
struct VersionHistory: Verb {
    static let configuration = CommandConfiguration(
        commandName: "history", abstract: "Show what is applied: when, by whom, in which run.")

    @OptionGroup var output: OutputOptions
    @OptionGroup var project: ProjectOptions

    func run(in project: Project) async throws(Diagnostics) -> ExitStatus {
        let migrator = try project.migrator()
        let history = try await project.announcing(migrator) { (migrator) throws(Diagnostics) in
            try await migrator.history(withTexts: false)
        }
        let console = project.console
        if console.isJSON {
            console.document(
                JSONDocument("version-history", VersionHistoryBody(history, migrator.driver.target))
                    .text)
            return .success
        }
        let width = history.applied.map(\.id.title.count).max() ?? 0
        for applied in history.applied {
            let how = applied.isBaseline ? "baseline" : Wording.duration(applied.duration)
            console.answer(
                "  \(console.paint("✓", .good)) \(Wording.padded(applied.id.title, width))  \(Wording.moment(applied.appliedAt))  by \(applied.appliedBy)  \(how)  run \(applied.run)"
            )
        }
        console.print(
            history.applied.isEmpty ? "Nothing is applied. Next: apus plan" : "Next: apus runs list"
        )
        return .success
    }
}
