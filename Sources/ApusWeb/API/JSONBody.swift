import ApusCore
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

/// A program's JSON object, read field by field: what is wrong is named.
struct JSONBody {
    private let fields: [String: Any]

    /// - Parameter known: The fields that there are; any other is refused.
    init(_ exchange: Exchange, known: Set<String>) throws {
        let type = exchange.request.headers[.contentType]?.lowercased() ?? ""
        guard type == "application/json" || type.hasPrefix("application/json;") else {
            throw Problem(
                .unsupportedMediaType, "The body must be JSON",
                detail: "Send Content-Type: application/json.")
        }
        let data = Data(exchange.body.readableBytesView)
        guard let object = try? JSONSerialization.jsonObject(with: data),
            let fields = object as? [String: Any]
        else { throw Problem(.badRequest, "The body is no JSON object", parameter: "body") }
        if let stranger = fields.keys.filter({ !known.contains($0) }).min() {
            let nearest = Suggestion.nearest(to: stranger, in: known.sorted())
            throw Problem(
                .badRequest, "There is no field \(stranger)",
                detail: nearest.map { "Did you mean \($0)?" }, parameter: stranger)
        }
        self.fields = fields
    }

    func text(_ name: String) throws -> String? {
        guard let value = fields[name] else { return nil }
        guard let text = value as? String else {
            throw Problem(.badRequest, "\(name) must be a text", parameter: name)
        }
        return text
    }

    func flag(_ name: String) throws -> Bool {
        guard let value = fields[name] else { return false }
        // A number is no truth value, although Foundation would take it for one.
        guard let number = value as? NSNumber, isTruthValue(number) else {
            throw Problem(.badRequest, "\(name) must be true or false", parameter: name)
        }
        return number.boolValue
    }

    func texts(_ name: String) throws -> [String] {
        guard let value = fields[name] else { return [] }
        guard let texts = value as? [String] else {
            throw Problem(.badRequest, "\(name) must be a list of texts", parameter: name)
        }
        return texts
    }

    /// The goal of `to`, `undo` with `cascade`, or `down_to`; none of them is the latest version.
    func goal(_ exchange: Exchange) throws -> GoalFields {
        let cascade = try flag("cascade")
        let given = try [
            "to": text("to"), "undo": text("undo"), "down-to": text("down_to"),
            "cascade": cascade ? "1" : nil,
        ].compactMapValues(\.self)
        return try GoalFields(
            exchange, name: { $0.replacing("-", with: "_") }, field: { given[$0] })
    }

    private func isTruthValue(_ number: NSNumber) -> Bool {
        String(cString: number.objCType) == "c"
    }
}
