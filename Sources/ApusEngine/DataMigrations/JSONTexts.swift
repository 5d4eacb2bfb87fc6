import Foundation

/// A list of texts as JSON, as registries keep a key.
package enum JSONTexts {
    package static func read(_ json: String) -> [String]? {
        try? JSONDecoder().decode([String].self, from: Data(json.utf8))
    }

    package static func write(_ texts: [String]) -> String {
        do {
            return String(decoding: try JSONEncoder().encode(texts), as: UTF8.self)
        } catch {
            // Texts always encode.
            preconditionFailure("a list of texts that cannot be encoded: \(error)")
        }
    }
}
