import ApusCore
import ApusEngine
import HTTPTypes

/// Why a request is not answered with what it asked for: a page for people, and a document as
/// RFC 9457 describes it for programs.
struct Problem: Error, Sendable {
    var status: HTTPResponse.Status
    /// One sentence without a full stop.
    var title: String
    var detail: String?
    /// The parameter that is at fault.
    var parameter: String?
    var diagnostics: [Diagnostic]
    var headers: HTTPFields
    /// What could be asked for instead, on the pages.
    var ways: [Way] = []
    /// The run that is in the way, or that the request had already led to.
    var run: RunID?

    /// A link to something else that can be asked for.
    struct Way: Sendable {
        var label: String
        var href: String
    }

    init(
        _ status: HTTPResponse.Status, _ title: String, detail: String? = nil,
        parameter: String? = nil, diagnostics: [Diagnostic] = [], headers: HTTPFields = [:],
        run: RunID? = nil
    ) {
        self.status = status
        self.title = title
        self.detail = detail
        self.parameter = parameter
        self.diagnostics = diagnostics
        self.headers = headers
        self.run = run
    }

    /// What the engine refused or failed at.
    init(_ diagnostics: Diagnostics) {
        let first = diagnostics.all[0]
        let status: HTTPResponse.Status =
            switch first.code {
            case .versionUnknown, .migrationUnknown, .runUnknown, .backupUnknown, .codeUnknown,
                .scheduleUnknown:
                .notFound
            case .versionInvalid, .usage, .timeInvalid, .timeZoneUnknown: .badRequest
            case .interrupted: .serviceUnavailable
            default:
                switch first.code.outcome {
                case .refused, .lock, .drift, .partial: .conflict
                case .connection: .serviceUnavailable
                default: .internalServerError
                }
            }
        self.init(
            status, first.message, detail: first.details.first, diagnostics: diagnostics.all)
    }

    static let notFound = Problem(
        .notFound, "There is nothing here", detail: "The address may be mistyped or out of date.")

    /// As somebody may be told who may not look inside: what the engine says can hold addresses,
    /// paths and names.
    var forStrangers: Problem {
        guard !diagnostics.isEmpty else { return self }
        let isTheirs = status == .notFound || status == .badRequest
        let title =
            isTheirs
            ? self.title
            : status == .serviceUnavailable
                ? "The database cannot be asked just now" : "This cannot be answered just now"
        return Problem(status, title, parameter: parameter, headers: headers)
    }

    /// The stable word behind `type`: the first diagnostic's code, or the status's name.
    var code: String {
        if let code = diagnostics.first?.code.rawValue { return code }
        return status.reasonPhrase.lowercased().replacing(" ", with: "-")
    }
}
