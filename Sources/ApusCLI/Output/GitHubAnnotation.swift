import ApusCore

/// A diagnostic as a workflow command, which GitHub shows beside the line of the file.
///
/// https://docs.github.com/actions/reference/workflow-commands-for-github-actions: in the message `%`,
/// CR and LF are escaped, in a property `:` and `,` as well.
struct GitHubAnnotation {
    let text: String

    init(_ diagnostic: Diagnostic) {
        var properties: [(String, String)] = []
        if let location = diagnostic.location {
            properties = [
                ("file", location.file), ("line", "\(location.line)"),
                ("col", "\(location.column)"),
            ]
        }
        properties.append(("title", diagnostic.name))
        let list = properties.map { "\($0)=\(Self.escaped($1, ["%", "\r", "\n", ":", ","]))" }
        let message =
            [diagnostic.hint.map { "\(diagnostic.message), \($0)" } ?? diagnostic.message]
            + diagnostic.details + diagnostic.help.map { "next: \($0)" }
        text =
            "::\(diagnostic.severity.rawValue) \(list.joined(separator: ","))"
            + "::\(Self.escaped(message.joined(separator: "\n"), ["%", "\r", "\n"]))"
    }

    private static func escaped(_ text: String, _ special: Set<Unicode.Scalar>) -> String {
        text.unicodeScalars.map { scalar in
            guard special.contains(scalar) else { return String(scalar) }
            let hex = String(scalar.value, radix: 16, uppercase: true)
            return "%\(hex.count == 1 ? "0" : "")\(hex)"
        }.joined()
    }
}
