import ApusCore

/// The exit codes of every command; each is documented and never changes its meaning.
enum ExitStatus: Int32 {
    case success = 0
    case failure = 1
    case pending = 2
    case migrationFailed = 3
    case partial = 4
    case drift = 5
    case lock = 6
    case refused = 7
    case connection = 8
    case usage = 64
    case interrupted = 130
    case terminated = 143

    init(_ outcome: DiagnosticCode.Outcome) {
        self =
            switch outcome {
            case .failure: .failure
            case .pending: .pending
            case .migrationFailed: .migrationFailed
            case .partial: .partial
            case .drift: .drift
            case .lock: .lock
            case .refused: .refused
            case .connection: .connection
            case .usage: .usage
            case .interrupted: .interrupted
            }
    }

    /// Several problems at once end with the code of the first error.
    init(_ diagnostics: [Diagnostic]) {
        let first = diagnostics.first { $0.severity == .error }
        self = first.map { Self($0.code.outcome) } ?? .success
    }
}

/// A command that has already said everything and ends with a code of its own.
struct Ending: Error {
    var status: ExitStatus
}
