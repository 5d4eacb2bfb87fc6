import ApusCore
import ApusEngine
import ArgumentParser

/// What is to be undone: `V | --to V | --steps N`.
struct RollbackOptions: ParsableArguments {
    @Argument(help: "The version to undo.", completion: .versions)
    var version: String?

    @Option(
        help: ArgumentHelp("Undo everything above this version.", valueName: "version"),
        completion: .versions)
    var to: String?

    @Option(help: ArgumentHelp("Undo the last N migrations.", valueName: "n"))
    var steps: Int?

    @Flag(help: "Also undo what depends on the version.")
    var cascade = false

    @Option(help: "Which down section to run where file and history differ: stored or file.")
    var down: DownChoice?

    enum DownChoice: String, ExpressibleByArgument, CaseIterable { case stored, file }

    func validate() throws {
        guard [version != nil, to != nil, steps != nil].count(where: \.self) == 1 else {
            throw ValidationError("Give one of VERSION, --to VERSION or --steps N.")
        }
        if cascade, version == nil { throw ValidationError("--cascade goes with a VERSION.") }
        if let steps, steps < 1 { throw ValidationError("--steps takes a number from 1.") }
    }

    var origin: Step.Origin? { down.flatMap { Step.Origin(rawValue: $0.rawValue) } }

    func goal() throws(Diagnostics) -> Goal {
        if let to { return .downTo(try Project.version(to)) }
        if let steps { return .undoLast(steps) }
        return .undo(try Project.version(version ?? ""), cascade: cascade)
    }
}
