extension Plan {
    /// What the plan does, as one sentence for people.
    public var sentence: String {
        switch goal {
        case .latest, .upTo: forwardSentence
        case .baseline(let version): baselineSentence(version)
        case .undo, .downTo, .undoLast: backwardSentence
        case .acceptEdit, .markApplied, .markReverted, .resume: repairSentence
        }
    }

    private var forwardSentence: String {
        guard !steps.isEmpty else {
            if case .upTo(let version) = goal, let from, from > version {
                return "Nothing to apply up to \(version): the database is at \(from)."
            }
            return from.map { "Nothing to apply: the database is at \($0)." }
                ?? "Nothing to apply: there are no migrations."
        }
        let resumed = steps.contains { $0.settles != nil } ? "Resumes and applies" : "Applies"
        let way =
            from == to
            ? "the database stays \(to.map { "at \($0)" } ?? "empty")"
            : "takes the database from \(Self.name(from)) to \(Self.name(to))"
        return "\(resumed) \(counted), \(way)."
    }

    static func name(_ version: SemanticVersion?) -> String {
        version.map(\.description) ?? "empty"
    }

    private func baselineSentence(_ version: SemanticVersion) -> String {
        if let from { return "Nothing to record: the database counts as \(from) already." }
        return steps.isEmpty
            ? "Starts a history without any migration; the tables that exist are left as they are."
            : "Records \(counted) as applied without running \(steps.count == 1 ? "it" : "them"); the database counts as \(version)."
    }

    private var backwardSentence: String {
        guard !steps.isEmpty else {
            switch goal {
            case .undo(let version, _):
                return "\(version) was never applied: nothing to undo."
            case .downTo(let version?):
                return "Nothing to undo: the database has nothing above \(version)."
            default: return "Nothing to undo."
            }
        }
        let undone = steps.map { step in
            guard let settled = step.settles, settled.direction == .up else { return step.id.title }
            return
                "\(step.id.title) (unfinished: \(settled.statementsDone) of \(settled.statementCount) statements done)"
        }
        let names =
            undone.count <= 4
            ? undone.joined(separator: ", ")
            : undone.prefix(3).joined(separator: ", ") + " and \(undone.count - 3) more"
        let way =
            from == to
            ? "the database stays \(to.map { "at \($0)" } ?? "empty")"
            : "returns the database to \(Self.name(to))"
        return "Undoes \(names); \(way)."
    }

    private var counted: String {
        let names =
            steps.count <= 3
            ? ": " + steps.map(\.id.title).joined(separator: ", ") : ""
        return "\(steps.count) migration\(steps.count == 1 ? "" : "s")\(names)"
    }
}
