import HTTPTypes
import Hummingbird
import NIOCore

/// The fields of a form that was sent here.
struct HostForm: Sendable {
    let fields: [String: String]

    init(_ request: Request, _ context: HostContext) async throws {
        let body: ByteBuffer
        do {
            body = try await request.body.collect(upTo: context.maxUploadSize)
        } catch is NIOTooManyBytesError {
            throw HTTPError(.contentTooLarge, message: "The form is too large.")
        }
        do {
            fields = try URLEncodedFormDecoder().decode(
                [String: String].self, from: String(buffer: body))
        } catch {
            throw HTTPError(.badRequest, message: "The form cannot be read.")
        }
    }

    subscript(name: String) -> String { fields[name] ?? "" }

    /// Refuses a form that another site made the browser send.
    static func checkOrigin(_ request: Request) throws {
        let isOurs =
            if let origin = request.headers[.origin], let end = origin.firstRange(of: "://") {
                origin[end.upperBound...].lowercased() == request.head.authority?.lowercased()
            } else {
                request.headers[HTTPField.Name("Sec-Fetch-Site")!] == "same-origin"
            }
        guard isOurs else {
            throw HTTPError(.forbidden, message: "The form does not come from this site.")
        }
    }

    /// Refuses a form that was not drawn for this session, or is of somebody who may only look.
    func check(_ request: Request, _ session: Sessions.Session?) throws {
        try Self.checkOrigin(request)
        guard let session, Secrets.equal(self["token"], session.token) else {
            throw HTTPError(
                .forbidden, message: "The form is of another session. Load its page again.")
        }
        guard session.account.mayAct else {
            throw HTTPError(
                .forbidden, message: "\(session.account.name) may look, and not register guests.")
        }
    }
}
