import ApusCore
import ApusEngine
import ArgumentParser

/// `apus version path FROM TO`
struct VersionPath: Verb {
    static let configuration = CommandConfiguration(
        commandName: "path",
        abstract: "Show the way from one version to a higher one; needs no database.")

    @OptionGroup var output: OutputOptions
    @OptionGroup var project: ProjectOptions

    @Argument(help: "The version to start from.", completion: .versions)
    var from: String

    @Argument(help: "The version to reach.", completion: .versions)
    var to: String

    func run(in project: Project) async throws(Diagnostics) -> ExitStatus {
        let start = try Project.version(from)
        let end = try Project.version(to)
        // What is planned will have migrations by the time that somebody goes there.
        let known =
            try project.folder(try project.engine()).ids().map(\.version)
            + project.catalogue.roadmap.map(\.version)
        let journey: UpgradeJourney
        do throws(Diagnostic) {
            journey = try project.catalogue.journey(from: start, to: end, known: known)
        } catch {
            throw Diagnostics([error])
        }
        let console = project.console
        if console.isJSON {
            console.document(
                JSONDocument("version-path", VersionPathBody(journey, from: start, to: end)).text)
        } else {
            print(journey, from: start, on: console)
        }
        return .success
    }

    private func print(_ journey: UpgradeJourney, from: SemanticVersion, on console: Console) {
        guard !journey.legs.isEmpty else {
            console.answer("\(from) is where you are: nothing to do.")
            return
        }
        let visited = [from] + journey.legs.joined()
        console.answer(visited.map(\.description).joined(separator: " → "))
        for stop in journey.stops {
            console.answer(
                "  \(console.paint("■", .warning)) \(stop) is a required stop: deploy its application, then go on with another run"
            )
        }
        for change in journey.breakingChanges {
            console.answer(
                "  \(console.paint("!", .warning)) breaking in \(change.version): \(change.text)")
        }
        console.print("Next: apus migrate \(journey.legs[0].last ?? from)")
    }
}
