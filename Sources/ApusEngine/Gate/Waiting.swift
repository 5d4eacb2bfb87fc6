public import ApusCore

extension Migrator {
    /// Waits until the database is ready, asking once a second.
    ///
    /// Throws what no waiting mends, `interrupted` when the task is cancelled, and when the time is over
    /// what is still missing: `cannot-connect`, `lock-busy`, `partial-state`, or `migrations-pending`.
    ///
    /// - Parameters:
    ///   - version: As in ``readiness(of:)``.
    ///   - onChange: Is told what is missing, once each time that it changes.
    /// - Returns: The version that the database is at.
    @discardableResult
    public func wait(
        for version: SemanticVersion? = nil, atMost limit: Duration,
        onChange: (Readiness.Missing) -> Void = { _ in }
    ) async throws(Diagnostics) -> SemanticVersion? {
        let clock = ContinuousClock()
        let deadline = clock.now + limit
        var told: Readiness.Missing?
        while true {
            let missing: Readiness.Missing
            switch try await readiness(of: version) {
            case .ready(let version): return version
            case .missing(let what): missing = what
            }
            // A holder's age grows from look to look: that is no change.
            if told?.kind != missing.kind { onChange(missing) }
            told = missing
            guard !Task.isCancelled else {
                throw Diagnostics([
                    Diagnostic(
                        .interrupted, "stopped waiting for the database",
                        details: [missing.sentence])
                ])
            }
            guard clock.now < deadline else {
                throw Diagnostics([missing.diagnostic(after: limit)])
            }
            // A cancelled sleep ends early; the check above then ends the loop.
            try? await clock.sleep(until: min(deadline, clock.now + .seconds(1)))
        }
    }
}

extension Readiness.Missing {
    /// What has to differ for people to be told again.
    fileprivate var kind: String {
        switch self {
        case .unreachable, .unfinished, .pending: sentence
        case .running(let run, _): "run \(run)"
        }
    }

    /// What is said when the time is over.
    fileprivate func diagnostic(after limit: Duration) -> Diagnostic {
        let message = "the database is not ready after \(limit.inWholeUnits): \(sentence)"
        switch self {
        case .unreachable(let error):
            var diagnostic = error.diagnostic
            diagnostic.message =
                "the database is not ready after \(limit.inWholeUnits): \(diagnostic.message)"
            return diagnostic
        case .running(let run, _):
            return Diagnostic(
                .lockBusy, message,
                help: ["wait longer: apus wait --timeout 10min", "look: apus runs show \(run)"])
        case .unfinished:
            return Diagnostic(.partialState, message, help: ["finish it: apus repair resume"])
        case .pending(_, _, let wanted):
            return Diagnostic(
                .migrationsPending, message,
                help: ["apus migrate\(wanted.map { " \($0)" } ?? "")"])
        }
    }
}
