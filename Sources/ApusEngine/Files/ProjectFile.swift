public import ApusCore
import Foundation
import Yams

/// `apus.yaml`, looked at as a whole before its values are read one by one.
public enum ProjectFile {
    /// Refuses broken YAML, anything but a map at the top, and keys that nobody knows.
    ///
    /// Throws ``ApusCore/DiagnosticCode/configurationInvalid`` with every problem found.
    public static func check(path: String, known: [String]) throws(Diagnostics) {
        guard let data = FileManager.default.contents(atPath: path),
            let text = String(data: data, encoding: .utf8)
        else {
            throw Diagnostics([
                Diagnostic(.configurationInvalid, "\(path) cannot be read as UTF-8 text")
            ])
        }
        let source = YAMLSource(text, path: path, code: .configurationInvalid)
        guard let root = try source.compose() else { return }
        guard case .mapping(let mapping) = root else {
            throw Diagnostics([source.diagnostic("the file must be a map of settings", at: root)])
        }
        let problems = mapping.compactMap { key, value -> Diagnostic? in
            let name = key.string ?? ""
            guard known.contains(name) else {
                let nearest = Suggestion.nearest(to: name, in: known)
                return source.diagnostic(
                    "unknown setting `\(name)`", at: key,
                    hint: nearest.map { "did you mean `\($0)`?" },
                    details: ["settings: \(known.joined(separator: ", "))"])
            }
            return value.scalar == nil
                ? source.diagnostic("`\(name)` must be one value, not a list or a map", at: value)
                : nil
        }
        if !problems.isEmpty { throw Diagnostics(problems) }
    }
}
