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
        // `+` stands for a space only where it is written so, and not as %2B.
        request.uri.query.flatMap { Form($0)[name] }
    }

    /// The same for programs: one that is given and empty is there, and has to mean something.
    func given(_ name: String) -> String? {
        request.uri.query.flatMap { Form($0).all(name).first }
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

    /// Whether the visitor may do that, or may look where no role is named.
    func allows(_ role: Role?) -> Bool { visitor?.access.allows(role) ?? false }

    /// What makes one action of a request that is sent twice (W11): the form's nonce, or what a
    /// program sends as its key. Without one, each request is one of its own.
    var actionKey: String {
        let session = visitor?.session ?? ""
        if let nonce = site.tokens.nonce(of: form["token"] ?? "", for: session) {
            return "form \(nonce)"
        }
        let key = request.headers[.idempotencyKey] ?? Opaque.random(bytes: 16)
        return "api \(Opaque.id(of: session)) \(key.prefix(200))"
    }

    /// Refuses a program's request that could not be told from another one.
    ///
    /// - Parameter what: What one key stands for.
    func requireKey(for what: String) throws {
        let key = request.headers[.idempotencyKey] ?? ""
        guard (1...200).contains(key.utf8.count) else {
            throw Problem(
                .badRequest, "Idempotency-Key is missing or too long",
                detail:
                    "Send a key of at most 200 bytes, a new one for each \(what) that you want.",
                parameter: "Idempotency-Key")
        }
    }

    func redirect(to path: String) -> Response {
        Response(status: .seeOther, headers: [.location: path])
    }
}

/// The fields of a form or a query, as browsers send them.
struct Form: Sendable {
    private let fields: [String: [String]]

    init(_ body: ByteBuffer = ByteBuffer()) {
        self.init(String(buffer: body))
    }

    /// - Parameter text: `a=1&b=2`, percent-encoded, with `+` for spaces.
    init(_ text: String) {
        var fields: [String: [String]] = [:]
        for pair in text.split(separator: "&") {
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
