public import ApusCore
import Yams

/// `apus.yaml`, looked at as a whole before its values are read one by one.
public enum ProjectFile {
    /// Refuses broken YAML, anything but a map at the top, and keys that nobody knows. What stands in
    /// `sections`, which are maps, is checked by those who read them.
    ///
    /// - Parameters:
    ///   - perEnvironment: what may stand below `environments.NAME`, which is a map itself; the
    ///     section `lint` may stand there as well.
    ///   - maps: settings that stand in maps, at the top and for each environment.
    ///
    /// Throws ``ApusCore/DiagnosticCode/configurationInvalid`` with every problem found.
    public static func check(
        path: String, known: [String], perEnvironment: [String] = [],
        maps: [String: [String]] = [:], sections: [String] = []
    ) throws(Diagnostics) {
        let source = try YAMLSource.configuration(at: path)
        guard let root = try source.compose() else { return }
        guard case .mapping(let mapping) = root else {
            throw Diagnostics([source.diagnostic("the file must be a map of settings", at: root)])
        }
        var problems: [Diagnostic] = []
        for (key, value) in mapping {
            if let name = key.string, sections.contains(name) { continue }
            if key.string == environments, !perEnvironment.isEmpty {
                problems += environmentProblems(value, perEnvironment, maps, in: source)
            } else {
                problems += settingProblems(key, value, known + [environments], maps, in: source)
            }
        }
        if !problems.isEmpty { throw Diagnostics(problems) }
    }

    /// The names of what is a map in the file, and of what an environment may have of it.
    static let environments = "environments"
    static let lint = "lint"

    private static func environmentProblems(
        _ node: Node, _ known: [String], _ maps: [String: [String]], in source: YAMLSource
    ) -> [Diagnostic] {
        guard case .mapping(let environments) = node else {
            return [
                source.diagnostic(
                    "`environments` must be a map from an environment's name to its settings",
                    at: node)
            ]
        }
        return environments.flatMap { name, settings -> [Diagnostic] in
            // A name with nothing below it is a place to write something later.
            if settings.scalar.map({ $0.string.isEmpty || $0.string == "null" }) == true {
                return []
            }
            guard case .mapping(let mapping) = settings else {
                return [
                    source.diagnostic(
                        "`environments.\(name.string ?? "")` must be a map of settings",
                        at: settings)
                ]
            }
            return mapping.flatMap { key, value in
                key.string == lint
                    ? [] : settingProblems(key, value, known + [lint], maps, in: source)
            }
        }
    }

    private static func settingProblems(
        _ key: Node, _ value: Node, _ known: [String], _ maps: [String: [String]] = [:],
        in source: YAMLSource
    ) -> [Diagnostic] {
        // The words of a key may also be joined by hyphens.
        let name = key.string ?? ""
        let known = known + maps.keys.sorted()
        if let inner = maps[name] {
            guard case .mapping(let mapping) = value else {
                return [source.diagnostic("`\(name)` must be a map of settings", at: value)]
            }
            return mapping.flatMap { settingProblems($0, $1, inner, in: source) }
        }
        guard known.contains(name.replacing("-", with: "_")) else {
            let nearest = Suggestion.nearest(to: name, in: known)
            return [
                source.diagnostic(
                    "unknown setting `\(name)`", at: key,
                    hint: nearest.map { "did you mean `\($0)`?" },
                    details: ["settings: \(known.joined(separator: ", "))"])
            ]
        }
        return value.scalar == nil
            ? [source.diagnostic("`\(name)` must be one value, not a list or a map", at: value)]
            : []
    }
}
