import ApusCore
import ApusEngine
import ArgumentParser

/// `apus verify`
struct Verify: Verb {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Check the files, and whether they agree with the history and the live schema.",
        discussion:
            "Ends with 1 for invalid files and 5 for drift; notices and warnings end with 0.")

    enum Format: String, ExpressibleByArgument, CaseIterable { case text, github }

    @OptionGroup var output: OutputOptions
    @OptionGroup var project: ProjectOptions

    @Flag(help: "Check the files of every engine alone; needs no database.")
    var files = false

    @Flag(help: "Require a migrations.lock that the files agree with.")
    var locked = false

    @Option(help: "text, or github for annotations of a workflow.")
    var format: Format = .text

    func validate() throws {
        if output.json, format == .github {
            throw ValidationError("--json and --format github exclude each other.")
        }
    }

    func run(in project: Project) async throws(Diagnostics) -> ExitStatus {
        if files {
            return finish(
                .ofFiles(in: try project.folders(), requiresLock: locked), nil, project.console)
        }
        let migrator = try project.migrator()
        let verification = try await project.announcing(migrator) {
            (migrator) throws(Diagnostics) in try await migrator.verify(requiresLock: locked)
        }
        return finish(verification, migrator.driver.target, project.console)
    }

    private func finish(
        _ verification: Verification, _ target: DatabaseTarget?, _ console: Console
    ) -> ExitStatus {
        let status = ExitStatus(verification.findings)
        if console.isJSON {
            console.document(JSONDocument("verify", VerifyBody(verification, target, status)).text)
            return status
        }
        for finding in verification.findings {
            switch format {
            case .text: console.report(finding)
            case .github: console.answer(GitHubAnnotation(finding).text)
            }
        }
        console.answer(verification.closing)
        return status
    }
}

extension Verification {
    fileprivate var closing: String {
        let errors = findings.count { $0.severity == .error }
        let files = Wording.count(migrations, "migration file")
        let counted = applied.map { "\(files), \($0) applied" } ?? files
        if errors > 0 { return "\(counted): \(Wording.count(errors, "problem"))\(help)" }
        let warnings = findings.count { $0.severity == .warning }
        if warnings > 0 {
            let agrees = schema?.difference == nil ? "the files agree" : "no drift"
            return "\(counted): \(agrees), \(Wording.count(warnings, "warning"))."
        }
        if applied == 0 { return "\(counted): there is nothing to compare yet." }
        return applied == nil ? "\(counted): all valid." : "\(counted): everything agrees."
    }

    private var help: String {
        findings.first { $0.severity == .error }.map { ". More: apus explain \($0.code.rawValue)" }
            ?? ""
    }
}
