import ApusCore
import ApusEngine
import ApusWeb
import ArgumentParser

/// `apus graph`
struct GraphVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "graph",
        abstract: "Show what depends on what: as text, SVG, DOT or Mermaid.",
        discussion:
            "Without a database, or with --files, it shows the files alone. What is applied is shown as one, except the last ones where something pending needs them; --all shows each."
    )

    enum Format: String, ExpressibleByArgument, CaseIterable { case text, svg, dot, mermaid }

    @OptionGroup var output: OutputOptions
    @OptionGroup var project: ProjectOptions

    @Option(help: "text, svg, dot (Graphviz) or mermaid.")
    var format: Format = .text

    @Flag(help: "Show every applied migration.")
    var all = false

    @Flag(help: "Show the files alone; needs no database.")
    var files = false

    func validate() throws {
        if output.json, format != .text {
            throw ValidationError("--json and --format \(format.rawValue) exclude each other.")
        }
    }

    func run(in project: Project) async throws(Diagnostics) -> ExitStatus {
        let (survey, target) = try await survey(project)
        let console = project.console
        if console.isJSON {
            let body = GraphBody(survey, survey.layered(whole: true), target)
            console.document(JSONDocument("graph", body).text)
            return ExitStatus(survey.problems)
        }
        let layered = survey.layered(whole: all)
        switch format {
        case .text: GraphText(survey: survey, layered: layered, console: console).print()
        case .svg: console.document(GraphPicture(survey, layered).document.dropLast().description)
        case .dot: console.document(GraphDot(survey, layered).text)
        case .mermaid: console.document(GraphMermaid(survey, layered).text)
        }
        survey.problems.forEach(console.report)
        return ExitStatus(survey.problems)
    }

    /// The files alone where that was asked for, or where no database is configured.
    private func survey(
        _ project: Project
    ) async throws(Diagnostics) -> (DependencySurvey, DatabaseTarget?) {
        guard !files, project.settings[.databaseURL] != nil else {
            return (try DependencySurvey(filesIn: project.folder(try project.engine())), nil)
        }
        let migrator = try project.migrator()
        let state: DatabaseState
        if format == .text {
            state = try await project.announcing(migrator) { (migrator) throws(Diagnostics) in
                try await migrator.state()
            }
        } else {
            // A picture is the whole output: it may go straight into a file.
            state = try await migrator.state()
        }
        return (try DependencySurvey(state), migrator.driver.target)
    }
}
