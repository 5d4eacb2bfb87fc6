/// What an `-- apus: WORD ARGUMENTS` line declares.
public enum Directive: Hashable, Sendable {
    case noTransaction
    case irreversible(reason: String)
    case dependsOn([String])
    case lockTimeout(Duration)
    case statementTimeout(Duration)
    case minimumApplication(SemanticVersion)
    case allow(rule: String, reason: String)
    /// The statement below is run in batches.
    case batch(BatchClause)
    /// The query below must return no rows at the end.
    case verify
    /// Data migrations that have to be complete before; empty: every one before it.
    case requiresComplete([String])

    /// Every word that can stand behind `-- apus:`.
    public static let words = [
        "no-transaction", "irreversible", "depends-on", "lock-timeout", "statement-timeout",
        "minimum-application", "allow", "batch", "verify", "requires-complete",
    ]

    /// The word that stands behind `-- apus:`.
    var word: String {
        switch self {
        case .noTransaction: "no-transaction"
        case .irreversible: "irreversible"
        case .dependsOn: "depends-on"
        case .lockTimeout: "lock-timeout"
        case .statementTimeout: "statement-timeout"
        case .minimumApplication: "minimum-application"
        case .allow: "allow"
        case .batch: "batch"
        case .verify: "verify"
        case .requiresComplete: "requires-complete"
        }
    }

    /// Whether a comment line is a directive, right or wrong.
    static func isDirective(_ comment: String) -> Bool { body(comment) != nil }

    /// Reads a comment line; `nil` where it is an ordinary comment.
    static func parse(_ comment: String) throws(DirectiveError) -> Directive? {
        guard let body = body(comment) else { return nil }
        let parts = body.split(maxSplits: 1, whereSeparator: \.isWhitespace)
        guard let word = parts.first.map(String.init) else {
            throw DirectiveError(.directiveInvalid, "a directive needs a word behind `-- apus:`")
        }
        let arguments = parts.count > 1 ? trimmed(parts[1]) : ""
        switch word {
        case "no-transaction":
            guard arguments.isEmpty else {
                throw DirectiveError(.directiveInvalid, "`no-transaction` takes no argument")
            }
            return .noTransaction
        case "irreversible":
            guard !arguments.isEmpty else {
                throw DirectiveError(.directiveInvalid, "`irreversible` needs a reason")
            }
            return .irreversible(reason: arguments)
        case "depends-on":
            let ids = arguments.split { $0.isWhitespace || $0 == "," }.map(String.init)
            guard !ids.isEmpty else {
                throw DirectiveError(
                    .directiveInvalid, "`depends-on` needs ids, VERSION/NAME, or `none`")
            }
            guard ids.count == 1 || !ids.contains("none") else {
                throw DirectiveError(
                    .directiveInvalid, "`depends-on none` excludes every other dependency")
            }
            return .dependsOn(ids == ["none"] ? [] : ids)
        case "lock-timeout":
            return .lockTimeout(try duration(arguments, of: word))
        case "statement-timeout":
            return .statementTimeout(try duration(arguments, of: word))
        case "minimum-application":
            guard let version = SemanticVersion(arguments) else {
                throw DirectiveError(
                    .directiveInvalid,
                    "`minimum-application` needs a semantic version, not \"\(arguments)\"")
            }
            return .minimumApplication(version)
        case "allow":
            let parts = arguments.split(maxSplits: 1, whereSeparator: \.isWhitespace)
            guard parts.count == 2 else {
                throw DirectiveError(
                    .directiveInvalid, "`allow` needs a rule and a reason",
                    help: [
                        "-- apus: allow RULE why it may be, here", "see all rules: apus explain",
                    ])
            }
            return .allow(rule: String(parts[0]), reason: trimmed(parts[1]))
        case "batch": return .batch(try BatchClause.parse(arguments))
        case "verify":
            guard arguments.isEmpty else {
                throw DirectiveError(.directiveInvalid, "`verify` takes no argument")
            }
            return .verify
        case "requires-complete":
            return .requiresComplete(
                arguments.split { $0.isWhitespace || $0 == "," }.map(String.init))
        default:
            throw DirectiveError(
                .directiveUnknown, "unknown directive `\(word)`",
                hint: Suggestion.nearest(to: word, in: words).map { "did you mean `\($0)`?" },
                help: ["known directives: \(words.joined(separator: ", "))"])
        }
    }

    private static func body(_ comment: String) -> String? {
        var rest = trimmed(comment)
        guard rest.hasPrefix("--") else { return nil }
        rest = trimmed(rest.dropFirst(2))
        guard rest.lowercased().hasPrefix("apus:") else { return nil }
        return trimmed(rest.dropFirst(5))
    }

    private static func duration(
        _ text: String, of word: String
    ) throws(DirectiveError) -> Duration {
        guard let duration = Duration(readable: text) else {
            throw DirectiveError(
                .directiveInvalid,
                "`\(word)` needs a duration such as 500ms, 5s, 10min or 1h, not \"\(text)\"")
        }
        return duration
    }

    private static func trimmed(_ text: some StringProtocol) -> String {
        var part = Substring(text)
        while part.first?.isWhitespace == true { part.removeFirst() }
        while part.last?.isWhitespace == true { part.removeLast() }
        return String(part)
    }
}

struct DirectiveError: Error {
    var code: DiagnosticCode
    var message: String
    var hint: String?
    var help: [String]

    init(_ code: DiagnosticCode, _ message: String, hint: String? = nil, help: [String] = []) {
        self.code = code
        self.message = message
        self.hint = hint
        self.help = help
    }
}
