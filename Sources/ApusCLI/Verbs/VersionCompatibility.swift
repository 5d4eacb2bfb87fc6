import ApusCore
import ApusEngine
import ArgumentParser

/// `apus version compatibility [DATABASE_VERSION]`
struct VersionCompatibility: Verb {
    static let configuration = CommandConfiguration(
        commandName: "compatibility",
        abstract:
            "Say whether application and database fit, and why; ends with 7 where they do not.",
        discussion: "With DATABASE_VERSION the catalogue alone decides, and no database is asked.")

    @OptionGroup var output: OutputOptions
    @OptionGroup var project: ProjectOptions

    @Argument(help: "A database version to judge instead of the database.", completion: .versions)
    var databaseVersion: String?

    func run(in project: Project) async throws(Diagnostics) -> ExitStatus {
        let report =
            if let databaseVersion {
                try declared(try Project.version(databaseVersion), in: project)
            } else {
                try await live(in: project)
            }
        let console = project.console
        if console.isJSON {
            console.document(JSONDocument("compatibility", report).text)
        } else {
            print(report, on: console)
        }
        return report.compatibility.compatible ? .success : .refused
    }

    private func declared(
        _ version: SemanticVersion, in project: Project
    ) throws(Diagnostics) -> CompatibilityReportBody {
        let catalogue = project.catalogue.overridingApplicationVersion(
            try project.version(.application))
        return CompatibilityReportBody(
            databaseVersion: version.description,
            applicationVersion: catalogue.applicationVersion?.description,
            minimumDatabase: catalogue.knownNeed?.description,
            minimumApplication: catalogue.minimumApplication(ofDatabase: version)?.description,
            compatibility: CompatibilityBody(catalogue.compatibility(ofDatabase: version)))
    }

    private func live(in project: Project) async throws(Diagnostics) -> CompatibilityReportBody {
        let migrator = try project.migrator()
        let state = try await project.announcing(migrator) { (migrator) throws(Diagnostics) in
            try await migrator.state()
        }
        return CompatibilityReportBody(
            target: TargetBody(state.target), databaseVersion: state.version?.description,
            applicationVersion: state.application?.description,
            minimumDatabase: state.minimumDatabase?.description,
            minimumApplication: state.history.minimumApplication?.description,
            compatibility: CompatibilityBody(state.compatibility))
    }

    private func print(_ report: CompatibilityReportBody, on console: Console) {
        let judged = report.compatibility
        let application = report.applicationVersion.map { "application \($0)" } ?? "the application"
        let database = report.databaseVersion.map { "database \($0)" } ?? "the empty database"
        let mark =
            judged.compatible ? console.paint("✓", .good) : console.paint("✗", .bad)
        let verdict = judged.compatible ? "can run on" : "cannot run on"
        console.answer(
            "\(mark) \(application) \(verdict) \(database): \(judged.verdict.replacing("-", with: " "))"
        )
        for reason in judged.reasons { console.answer("  · \(reason)") }
        switch Compatibility.Verdict(rawValue: judged.verdict) {
        case .databaseTooOld: console.print("Next: apus migrate")
        case .applicationTooOld: console.print("Next: deploy a newer application")
        case .compatible, .databaseAhead, nil: break
        }
    }
}
