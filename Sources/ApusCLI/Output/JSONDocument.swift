import ApusCore
import Foundation

/// One versioned JSON document, as `--json` prints it (FORMATS.md, "JSON documents").
///
/// Its `format` names kind and version: `apus.status/1`. Within a version keys are only ever added.
struct JSONDocument {
    let text: String

    init(_ kind: String, _ body: some Encodable) {
        text = Self.encode(Framed(format: "apus.\(kind)/1", body: body), pretty: true)
    }

    /// One line, for `--json-stream`.
    static func line(_ kind: String, _ body: some Encodable) -> String {
        encode(Framed(format: "apus.\(kind)/1", body: body), pretty: false)
    }

    static func problems(_ problems: [Diagnostic], _ status: ExitStatus) -> JSONDocument {
        JSONDocument(
            "problems",
            ProblemsBody(problems: problems.map(DiagnosticBody.init), exit: status.rawValue))
    }

    private static func encode(_ value: some Encodable, pretty: Bool) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting =
            pretty
            ? [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            : [.sortedKeys, .withoutEscapingSlashes]
        encoder.keyEncodingStrategy = .convertToSnakeCase
        do {
            return String(decoding: try encoder.encode(value), as: UTF8.self)
        } catch {
            // Strings, numbers and arrays of them always encode.
            preconditionFailure("a JSON document that cannot be encoded: \(error)")
        }
    }

    /// The body's own keys with `format` beside them.
    private struct Framed<Body: Encodable>: Encodable {
        var format: String
        var body: Body

        private enum Key: String, CodingKey { case format }

        func encode(to encoder: any Encoder) throws {
            try body.encode(to: encoder)
            var container = encoder.container(keyedBy: Key.self)
            try container.encode(format, forKey: .format)
        }
    }
}

private struct ProblemsBody: Encodable {
    var problems: [DiagnosticBody]
    var exit: Int32
}

/// A diagnostic as JSON.
struct DiagnosticBody: Encodable {
    var code: String
    var severity: String
    var message: String
    var file: String?
    var line: Int?
    var column: Int?
    var excerpt: String?
    var hint: String?
    var details: [String]
    var state: String?
    var help: [String]

    init(_ diagnostic: Diagnostic) {
        code = diagnostic.code.rawValue
        severity = diagnostic.severity.rawValue
        message = diagnostic.message
        file = diagnostic.location?.file
        line = diagnostic.location?.line
        column = diagnostic.location?.column
        excerpt = diagnostic.excerpt?.text
        hint = diagnostic.hint
        details = diagnostic.details
        state = diagnostic.state
        help = diagnostic.help
    }
}
