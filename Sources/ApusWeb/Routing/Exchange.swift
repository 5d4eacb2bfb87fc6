import ApusCore
import Foundation
import Hummingbird
import Logging
import NIOCore

/// One request that was let through, with everything that its answer is made from.
struct Exchange: Sendable {
    let site: Site
    let request: Request
    let parameters: Parameters
    /// `nil` only on routes that need nobody.
    let visitor: Visitor?
    let address: String?
    let place: Route.Place
    let body: ByteBuffer
    let form: Form
    let logger: Logger

    /// A path of the pages: `""` is the overview.
    func page(_ path: String = "") -> String { site.configuration.pages + path }

    func query(_ name: String) -> String? {
        request.uri.queryParameters[Substring(name)].map { String($0).replacing("+", with: " ") }
    }

    /// A parameter of the path, percent-decoded.
    func parameter(_ name: String) throws -> String {
        guard let text = parameters.get(name)?.removingPercentEncoding, !text.isEmpty else {
            throw Problem(.badRequest, "\(name) is missing", parameter: name)
        }
        return text
    }

    func version(_ text: String, of name: String) throws -> SemanticVersion {
        guard let version = SemanticVersion(text) else {
            throw Problem(
                .badRequest, "\(name): \"\(text)\" is no semantic version",
                detail: SemanticVersion.advice(for: text)
                    ?? "Write MAJOR.MINOR.PATCH, such as 1.2.0.",
                parameter: name)
        }
        return version
    }

    /// A form token for the visitor's next action.
    var formToken: String { site.tokens.make(for: visitor?.session ?? "") }

    func allows(_ role: Role) -> Bool { visitor?.access.allows(role) ?? false }

    func redirect(to path: String) -> Response {
        Response(status: .seeOther, headers: [.location: path])
    }
}

/// The fields of a form, as browsers send them.
struct Form: Sendable {
    private let fields: [String: [String]]

    init(_ body: ByteBuffer = ByteBuffer()) {
        var fields: [String: [String]] = [:]
        for pair in String(buffer: body).split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let decoded = parts.map { $0.replacing("+", with: " ").removingPercentEncoding ?? "" }
            fields[decoded[0], default: []].append(decoded.count > 1 ? decoded[1] : "")
        }
        self.fields = fields
    }

    /// A field's only, or first, value; `nil` where it is missing or empty.
    subscript(name: String) -> String? {
        fields[name]?.first.flatMap { $0.isEmpty ? nil : $0 }
    }

    func all(_ name: String) -> [String] { fields[name] ?? [] }
}
