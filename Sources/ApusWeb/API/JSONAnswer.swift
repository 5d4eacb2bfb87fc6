import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

/// A JSON document as an answer: keys in snake case, sorted.
enum JSONAnswer {
    static func response(
        _ body: some Encodable, status: HTTPResponse.Status = .ok,
        type: String = "application/json", headers: HTTPFields = [:]
    ) -> Response {
        var headers = headers
        headers[.contentType] = type
        return Response(
            status: status, headers: headers,
            body: ResponseBody(byteBuffer: ByteBuffer(string: text(body))))
    }

    static func text(_ body: some Encodable) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.keyEncodingStrategy = .convertToSnakeCase
        do {
            return String(decoding: try encoder.encode(body), as: UTF8.self)
        } catch {
            // Strings, numbers and arrays of them always encode.
            preconditionFailure("a JSON document that cannot be encoded: \(error)")
        }
    }
}
