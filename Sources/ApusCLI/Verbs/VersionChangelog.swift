import ApusCore
import ApusEngine
import ArgumentParser

/// `apus version changelog [V]`
struct VersionChangelog: Verb {
    static let configuration = CommandConfiguration(
        commandName: "changelog",
        abstract: "Show what the catalogue says about a release, or about all; needs no database.")

    @OptionGroup var output: OutputOptions
    @OptionGroup var project: ProjectOptions

    @Argument(help: "The release; all of them without it.", completion: .versions)
    var version: String?

    func run(in project: Project) async throws(Diagnostics) -> ExitStatus {
        let wanted = try version.map { (text) throws(Diagnostics) in try Project.version(text) }
        let log: Changelog
        do throws(Diagnostic) {
            log = try project.catalogue.changelog(of: wanted)
        } catch {
            throw Diagnostics([error])
        }
        let console = project.console
        if console.isJSON {
            console.document(
                JSONDocument("changelog", ChangelogBody(log.releases, log.roadmap)).text)
            return .success
        }
        let text = ReleaseText(console: console)
        for (index, release) in log.releases.enumerated() {
            if index > 0 { console.print() }
            text.print(release)
        }
        if !log.roadmap.isEmpty { text.print(log.roadmap) }
        if log.releases.isEmpty, log.roadmap.isEmpty {
            console.answer(
                "The catalogue describes no release. Next: write them into versions.yaml")
        }
        return .success
    }
}
