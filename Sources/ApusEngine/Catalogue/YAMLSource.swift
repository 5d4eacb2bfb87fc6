import ApusCore
import Foundation
import Yams

/// The text of a YAML file, and where its problems are.
struct YAMLSource {
    let path: String
    let text: String
    /// What its problems are called.
    let code: DiagnosticCode
    private let lines: [Substring.UnicodeScalarView]

    /// Leaves out a byte order mark, so that columns count what an editor shows.
    init(_ text: String, path: String, code: DiagnosticCode = .catalogueInvalid) {
        self.path = path
        self.code = code
        self.text = text.unicodeScalars.first == "\u{FEFF}" ? String(text.dropFirst()) : text
        lines = Self.lines(of: self.text)
    }

    /// The configuration's file. Throws `configuration-invalid` where it is no text.
    static func configuration(at path: String) throws(Diagnostics) -> YAMLSource {
        guard let data = FileManager.default.contents(atPath: path),
            let text = String(data: data, encoding: .utf8)
        else {
            throw Diagnostics([
                Diagnostic(.configurationInvalid, "\(path) cannot be read as UTF-8 text")
            ])
        }
        return YAMLSource(text, path: path, code: .configurationInvalid)
    }

    /// Reads the file's only document; `nil` when the file holds none.
    func compose() throws(Diagnostics) -> Node? {
        do {
            return try Yams.compose(yaml: text)
        } catch let error as YamlError {
            throw Diagnostics([problem(of: error)])
        } catch {
            throw Diagnostics([Diagnostic(code, "not YAML: \(error)")])
        }
    }

    /// A diagnostic that points at a node, with its line as the excerpt.
    func diagnostic(
        _ message: String, at node: Node, hint: String? = nil, details: [String] = []
    ) -> Diagnostic {
        diagnostic(
            message, at: node.mark.map(location) ?? start, length: length(of: node),
            hint: hint, details: details)
    }

    private func diagnostic(
        _ message: String, at location: SourceLocation, length: Int = 1, hint: String? = nil,
        details: [String] = []
    ) -> Diagnostic {
        let index = location.line - 1
        let line = lines.indices.contains(index) ? lines[index] : ""[...].unicodeScalars
        // A value may go on in the next line; its mark does not.
        let marked = min(length, line.count - location.column + 1)
        return Diagnostic(
            code, message, at: location,
            excerpt: SourceExcerpt(text: String(line), caret: location.column, length: marked),
            hint: hint, details: details)
    }

    private var start: SourceLocation { SourceLocation(file: path, line: 1) }

    private func location(_ mark: Mark) -> SourceLocation {
        SourceLocation(file: path, line: mark.line, column: mark.column)
    }

    /// How much of its line a scalar fills; block scalars and collections are marked by their start.
    private func length(of node: Node) -> Int {
        guard case .scalar(let scalar) = node else { return 1 }
        return switch scalar.style {
        case .plain, .any: scalar.string.unicodeScalars.count
        case .singleQuoted, .doubleQuoted: scalar.string.unicodeScalars.count + 2
        case .literal, .folded: 1
        }
    }

    private func problem(of error: YamlError) -> Diagnostic {
        switch error {
        case .scanner(let context, let problem, let mark, _),
            .parser(let context, let problem, let mark, _),
            .composer(let context, let problem, let mark, _):
            let details = context.map { ["\($0.text), which begins at \(location($0.mark))"] }
            return diagnostic("not YAML: \(problem)", at: location(mark), details: details ?? [])
        case .reader(let problem, let offset, _, _):
            let read = Self.lines(of: String(text.prefix(offset ?? 0)))
            let column = (read.last?.count ?? 0) + 1
            return diagnostic(
                "not YAML: \(problem)",
                at: SourceLocation(file: path, line: read.count, column: column))
        case .duplicatedKeysInMapping(let keys, let context):
            let names = keys.map { "`\($0)`" }.joined(separator: ", ")
            return diagnostic(
                "\(names) is written twice in the same map", at: location(context.mark),
                length: keys[0].unicodeScalars.count)
        default:
            return diagnostic("not YAML: \(error)", at: start)
        }
    }

    /// Breaks lines where libyaml does, so that its line numbers fit.
    private static func lines(of text: String) -> [Substring.UnicodeScalarView] {
        var lines: [Substring.UnicodeScalarView] = []
        var rest = text.unicodeScalars[...]
        while let end = rest.firstIndex(where: breaks.contains) {
            lines.append(rest[..<end])
            let isPair = rest[end...].starts(with: "\r\n".unicodeScalars)
            rest = rest[end...].dropFirst(isPair ? 2 : 1)
        }
        return lines + [rest]
    }

    private static let breaks: Set<Unicode.Scalar> = [
        "\n", "\r", "\u{85}", "\u{2028}", "\u{2029}",
    ]
}
