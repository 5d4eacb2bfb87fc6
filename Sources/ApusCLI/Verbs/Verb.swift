import ApusCore
import ApusEngine
import ArgumentParser
import Foundation

/// A command that works on a project: loads it, runs, and turns diagnostics into output and code.
protocol Verb: AsyncParsableCommand {
    var output: OutputOptions { get }
    var project: ProjectOptions { get }
    /// Whether standard output is a stream of events, so that a refusal is one as well.
    var streamsEvents: Bool { get }
    /// Does the work; what it throws is printed by ``run()``.
    func run(in project: Project) async throws(Diagnostics) -> ExitStatus
}

extension Verb {
    var streamsEvents: Bool { false }

    mutating func run() async throws {
        // The environment enters the program here, and nowhere below.
        let variables = ProcessInfo.processInfo.environment
        let console = output.console(variables)
        do {
            let project = try await Project.load(project, console: console, variables: variables)
            let status = try await run(in: project)
            if status != .success { throw Ending(status: status) }
        } catch let problems as Diagnostics {
            let status = console.fail(problems.all)
            if streamsEvents { console.document(EventBody.line(refusal: problems.all, status)) }
            throw Ending(status: status)
        }
    }
}

/// A command that needs no project, so that it works beside a broken one.
protocol PlainVerb: AsyncParsableCommand {
    var output: OutputOptions { get }
    func run(on console: Console) async throws(Diagnostics) -> ExitStatus
}

extension PlainVerb {
    mutating func run() async throws {
        let console = output.console(ProcessInfo.processInfo.environment)
        do {
            let status = try await run(on: console)
            if status != .success { throw Ending(status: status) }
        } catch let problems as Diagnostics {
            throw Ending(status: console.fail(problems.all))
        }
    }
}

extension Console {
    /// Prints problems, as text or (with `--json`) as a document, and gives the code they lead to.
    func fail(_ problems: [Diagnostic]) -> ExitStatus {
        let status = ExitStatus(problems)
        if isJSON {
            document(JSONDocument.problems(problems, status).text)
        } else {
            problems.forEach(report)
        }
        return status
    }
}
