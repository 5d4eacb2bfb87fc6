import ApusCore
import ApusEngine

/// Whether a plan may be run: what must be said in production before anything is changed.
struct Consent {
    var isProduction: Bool
    /// What `--confirm` must repeat: the database's name, for SQLite the file's.
    var databaseName: String
    var hasYes: Bool
    var confirmed: String?
    var acceptedBreaking: Set<SemanticVersion>

    /// What is still missing.
    enum Missing: Hashable {
        case breaking(SemanticVersion)
        case name
        case yes
    }

    /// Decides; asks nobody.
    func missing(for plan: Plan) -> [Missing] {
        guard isProduction, !plan.changesNothing else { return [] }
        var missing: [Missing] = []
        let breaking = Set(plan.breakingChanges.map(\.version))
        missing += breaking.subtracting(acceptedBreaking).sorted().map(Missing.breaking)
        let losesData = plan.steps.contains {
            $0.direction == .down && !DataLoss.losses(of: $0).isEmpty
        }
        if losesData, confirmed != databaseName { missing.append(.name) }
        if !hasYes { missing.append(.yes) }
        return missing
    }

    /// Asks on a terminal; elsewhere stops with the exact flags to add. Never hangs.
    func check(_ plan: Plan, command: String, console: Console) throws(Diagnostics) {
        if let confirmed, confirmed != databaseName {
            throw refusal("--confirm \(confirmed) does not name this database", [], command)
        }
        let missing = missing(for: plan)
        if missing.isEmpty { return }
        guard console.canAsk, !missing.contains(where: \.isBreaking) else {
            throw refusal("this is production, and nobody can be asked", missing, command)
        }
        if missing.contains(.name) {
            let answer = console.ask(
                "Data will be lost. Type the database's name (\(databaseName)):")
            guard answer == databaseName else { throw refusal("not confirmed", missing, command) }
        } else if missing.contains(.yes) {
            let answer = console.ask("Run this in production? [y/N]")
            guard answer?.lowercased() == "y" || answer?.lowercased() == "yes" else {
                throw refusal("not confirmed", missing, command)
            }
        }
    }

    /// The same for an exchange of databases: what was written since the backup is put aside.
    func checkExchange(command: String, console: Console) throws(Diagnostics) {
        if let confirmed, confirmed != databaseName {
            throw refusal("--confirm \(confirmed) does not name this database", [], command)
        }
        guard isProduction else { return }
        var missing: [Missing] = []
        if confirmed == nil { missing.append(.name) }
        if !hasYes { missing.append(.yes) }
        if missing.isEmpty { return }
        guard console.canAsk else {
            throw refusal("this is production, and nobody can be asked", missing, command)
        }
        let answer = console.ask(
            "What was written since the backup will be put aside. Type the database's name (\(databaseName)):"
        )
        guard answer == databaseName else { throw refusal("not confirmed", missing, command) }
    }

    private func refusal(_ message: String, _ missing: [Missing], _ command: String) -> Diagnostics
    {
        let flags = missing.map { missing in
            switch missing {
            case .breaking(let version): "--accept-breaking \(version)"
            case .name: "--confirm \(databaseName.shellWord)"
            case .yes: "--yes"
            }
        }
        return Diagnostics([
            Diagnostic(
                .confirmationNeeded, message, state: "nothing was changed.",
                help: flags.isEmpty ? [] : ["apus \(command) … \(flags.joined(separator: " "))"])
        ])
    }
}

extension Consent.Missing {
    fileprivate var isBreaking: Bool {
        if case .breaking = self { true } else { false }
    }
}
