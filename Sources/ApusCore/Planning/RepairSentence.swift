extension Plan {
    /// What a repair does, as one sentence for people.
    var repairSentence: String {
        switch goal {
        case .acceptEdit(let id):
            "Accepts the edit of \(id.title): the history takes the file's text and checksums, and nothing is run."
        case .markApplied(let id):
            "Records \(id.title) as applied without running it\(settled); \(way)."
        case .markReverted(let id):
            "Records \(id.title) as not applied without running anything\(settled); \(way)."
        default: resumeSentence
        }
    }

    private var settled: String {
        guard let unfinished = steps.first?.settles else { return "" }
        let what = unfinished.direction == .up ? "it" : "its rollback"
        return
            " (\(what) stopped after statement \(unfinished.statementsDone) of \(unfinished.statementCount))"
    }

    private var way: String {
        from == to
            ? "the database stays \(to.map { "at \($0)" } ?? "empty")"
            : "takes the database from \(Self.name(from)) to \(Self.name(to))"
    }

    private var resumeSentence: String {
        let finished = steps.compactMap { step in
            step.settles.map { unfinished in
                let what =
                    unfinished.direction == .up
                    ? step.id.title : "the rollback of \(step.id.title)"
                return
                    "\(what) (\(unfinished.statementsDone) of \(unfinished.statementCount) statements done)"
            }
        }
        let runs = closes.map(\.description).joined(separator: ", ")
        let closed = "run\(closes.count == 1 ? "" : "s") \(runs), which never ended"
        switch (finished.isEmpty, closes.isEmpty) {
        case (true, true): return "Nothing to resume: nothing was begun that has no end."
        case (true, false): return "Closes \(closed)."
        case (false, true): return "Finishes \(finished.joined(separator: ", ")); \(way)."
        case (false, false):
            return "Finishes \(finished.joined(separator: ", ")), closes \(closed); \(way)."
        }
    }
}
