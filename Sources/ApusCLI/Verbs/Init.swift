import ApusCore
import ApusEngine
import ArgumentParser
import Foundation
import SystemPackage

/// `apus init`
struct Init: PlainVerb {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: "Make a configuration, a catalogue and the migrations folder here.",
        discussion: "Never overwrites: what is there already is left as it is.")

    enum EngineChoice: String, ExpressibleByArgument, CaseIterable { case postgres, sqlite, both }

    @OptionGroup var output: OutputOptions

    @Option(help: "postgres, sqlite or both.")
    var engine: EngineChoice = .postgres

    func run(on console: Console) async throws(Diagnostics) -> ExitStatus {
        let name = FilePath(FileManager.default.currentDirectoryPath).lastComponent?.string
        let template = ProjectTemplate(
            engines: DatabaseEngine(rawValue: engine.rawValue).map { [$0] }
                ?? DatabaseEngine.allCases,
            name: ProjectTemplate.name(from: name ?? ""))
        let made = try ProjectCreation.make(
            template, in: FilePath(), folders: try await configuredFolders(console))
        if console.isJSON {
            console.document(JSONDocument("init", InitBody(made)).text)
            return .success
        }
        for path in made.created {
            console.print("  \(console.paint("✓", .good)) \(path)  created")
        }
        for path in made.present { console.print("  · \(path)  is there already, left as it is") }
        if engine != .sqlite, made.madeConfiguration {
            console.print("Next: export DATABASE_URL=postgres://USER@HOST/DATABASE")
        }
        console.print("Next: apus create-migration 1.0.0 initial_schema, then apus migrate")
        console.print("For a database that has tables already: apus create-initial")
        return .success
    }

    /// The folders of a configuration that is there already, which goes before the options.
    private func configuredFolders(_ console: Console) async throws(Diagnostics)
        -> [MigrationFolder]?
    {
        let settings = try await Settings.load(flags: [:], config: nil, environment: [:])
        guard settings.file != nil else { return nil }
        return try Project(settings: settings, catalogue: .empty, console: console).folders()
    }
}
