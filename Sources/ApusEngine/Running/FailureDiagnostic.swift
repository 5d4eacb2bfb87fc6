public import ApusCore

extension DatabaseError {
    /// The error as a diagnostic without a place.
    public var diagnostic: Diagnostic {
        Diagnostic(
            code, described, hint: suggestion,
            details: [detail, suggestion == nil ? hint : nil].compactMap(\.self), help: help)
    }

    /// The message with the code that the server gave.
    private var described: String {
        guard let sqlState else { return message }
        return sqlState.allSatisfy { $0.isNumber || $0.isUppercase } && sqlState.count == 5
            ? "\(message) (SQLSTATE \(sqlState))" : "\(message) (\(sqlState))"
    }

    /// PostgreSQL's own guess at a mistyped column, shortened to what is to be written.
    private var suggestion: String? {
        guard let hint, hint.hasPrefix("Perhaps you meant to reference the column"),
            let quoted = hint.split(separator: "\"", omittingEmptySubsequences: false).dropFirst()
                .first
        else { return nil }
        let column = quoted.split(separator: ".").last ?? quoted
        return "did you mean \"\(column)\"?"
    }
}

extension StepFailure {
    /// What failed, where in the file, and what state the database is in now.
    ///
    /// - Parameter version: The database version before the step; `nil` for an empty database.
    func diagnostic(of step: Step, version: SemanticVersion?) -> Diagnostic {
        var diagnostic = error.diagnostic
        if let statement {
            let place = error.place(in: statement, of: step.source, step.script.dialect)
            (diagnostic.location, diagnostic.excerpt) = step.source.place(
                at: place.lowerBound, length: place.count)
        }
        let still = version.map { "still \($0)" } ?? "still empty"
        switch effect {
        case .unchanged:
            diagnostic.state = "rolled back. The database is \(still); nothing to repair."
            if diagnostic.help.isEmpty { diagnostic.help = help(for: step) }
        case .partial(let done):
            let past = "\(done) of \(step.script.statementCount) statements"
            diagnostic.message = "\(step.id.title) stopped midway: \(diagnostic.message)"
            // Who interrupts a run is told so, and what it has left besides.
            if diagnostic.code != .interrupted { diagnostic.code = .partialState }
            diagnostic.state =
                !step.script.batches.isEmpty
                ? "partial. The batches of \(step.id.title) that were committed stay, and so does what stands before them: apus data list. The database is \(still)."
                : "partial. \(past) of \(step.id.title) are done and stay, because it runs without a transaction; the database is \(still)."
            diagnostic.help =
                step.direction == .up
                ? [
                    error.code == .dataStopped
                        ? "go on behind the last batch: apus data resume \(step.id.reference), then apus migrate"
                        : "remove the cause and go on at the statement that failed: apus migrate",
                    "or take back what was done: apus rollback \(step.id.version)",
                    "or finish it by hand, and say so: apus repair mark-applied \(step.id.reference)",
                ]
                : [
                    "remove the cause and go on: apus repair resume",
                    "or finish it by hand, and say so: apus repair mark-reverted \(step.id.reference)",
                ]
        case .unknown:
            if error.code != .commitUnknown {
                diagnostic.message = "\(step.id.title) stopped midway: \(diagnostic.message)"
                diagnostic.code = .partialState
            }
            diagnostic.state =
                "unknown. The connection was lost and could not be had again to ask; the server decides alone, and the history will tell."
            diagnostic.help = ["look, once the server answers: apus status"]
        }
        return diagnostic
    }

    private func help(for step: Step) -> [String] {
        let again =
            step.direction == .up ? "apus migrate" : "apus rollback \(step.id.version)"
        let explain = "apus explain \(error.code.rawValue)"
        return switch error.code {
        case .statementFailed, .commitFailed:
            step.origin == .file
                ? ["mend the file and run `\(again)` · `\(explain)`"]
                : [
                    "correct the down section in the file and run `\(again) --down file` · `\(explain)`"
                ]
        case .lockTimeout: ["try again when the holder is gone: \(again)"]
        case .interrupted: ["go on: \(again)"]
        default: [explain]
        }
    }

}

extension DatabaseError {
    /// The bytes to mark: the token at the server's position, else the whole statement, of which the
    /// first line is shown.
    func place(
        in statement: Statement, of source: MigrationSource, _ dialect: DatabaseEngine
    ) -> Range<Int> {
        guard let position, position > 0 else { return statement.range }
        return source.withSpan { bytes in
            let end = statement.range.upperBound
            var offset = statement.range.lowerBound
            var scalars = 1
            while scalars < position, offset < end {
                offset += 1
                while offset < end, bytes[offset] & 0xC0 == 0x80 { offset += 1 }
                scalars += 1
            }
            var lexer = Lexer(dialect: dialect, from: offset, to: end)
            guard let token = lexer.next(in: bytes), token.range.lowerBound == offset else {
                return offset..<min(offset + 1, end)
            }
            return token.range
        }
    }
}
