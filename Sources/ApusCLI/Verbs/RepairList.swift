import ApusCore
import ApusEngine
import ArgumentParser

/// `apus repair list`
struct RepairList: Verb {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List everything that is not as it should be, with the commands that mend it.",
        discussion: "Changes nothing. More is looked at by: apus doctor")

    @OptionGroup var output: OutputOptions
    @OptionGroup var project: ProjectOptions

    func run(in project: Project) async throws(Diagnostics) -> ExitStatus {
        let migrator = try project.migrator()
        let console = project.console
        let (facts, ailments) = try await migrator.ailments()
        if console.isJSON {
            console.document(
                JSONDocument("repairs", RepairListBody(ailments, migrator.driver.target)).text)
            return .success
        }
        console.print(project.targetLine(migrator.driver.target, product: facts.product))
        let width = ailments.map(\.kind.rawValue.count).max() ?? 0
        for ailment in ailments {
            console.answer(
                "  \(console.paint("▲", .warning)) \(Wording.padded(ailment.kind.rawValue, width))  \(ailment.subject): \(ailment.text)"
            )
            for remedy in ailment.remedies { console.print("      \(remedy)") }
        }
        console.print(
            ailments.isEmpty
                ? "Nothing has to be mended. Next: apus status"
                : "\(Wording.count(ailments.count, "thing")) to mend.")
        return .success
    }
}
