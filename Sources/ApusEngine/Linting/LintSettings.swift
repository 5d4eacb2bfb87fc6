public import ApusCore
import Yams

/// The section `lint` of `apus.yaml` and of its environments: the level of each rule.
///
/// ```yaml
/// lint:
///   index-without-concurrently: warning
/// environments:
///   production:
///     lint:
///       drop-table-loses-data: error
/// ```
public struct LintSettings: Hashable, Sendable {
    /// By rule. What an environment says goes before what holds for all.
    public var levels: [String: RuleLevel] = [:]

    public init() {}

    /// Reads the section; without one, nothing is set.
    ///
    /// - Parameter rules: The names of all rules. One that is not among them is refused with the nearest,
    ///   in whichever environment it stands.
    ///
    /// Throws `configuration-invalid` with every problem found.
    public static func read(
        path: String, environment: String, rules: [String]
    ) throws(Diagnostics) -> LintSettings {
        let source = try YAMLSource.configuration(at: path)
        guard let root = try source.compose()?.mapping else { return LintSettings() }
        var reader = LintSettingsReader(YAMLReader(source), rules: rules)
        var settings = LintSettings()
        settings.levels = reader.levels(root[ProjectFile.lint], of: ProjectFile.lint)
        for (name, node) in root[ProjectFile.environments]?.mapping ?? [:] {
            let name = name.string ?? ""
            let levels = reader.levels(
                node.mapping?[ProjectFile.lint],
                of: "\(ProjectFile.environments).\(name).\(ProjectFile.lint)")
            if name == environment { settings.levels.merge(levels) { _, own in own } }
        }
        guard reader.yaml.problems.isEmpty else { throw Diagnostics(reader.yaml.problems) }
        return settings
    }
}

private struct LintSettingsReader {
    private(set) var yaml: YAMLReader
    private let rules: [String]

    init(_ yaml: YAMLReader, rules: [String]) {
        self.yaml = yaml
        self.rules = rules
    }

    mutating func levels(_ node: Node?, of owner: String) -> [String: RuleLevel] {
        // A name with nothing below it is a place to write something later.
        guard let node, !node.isNothing else { return [:] }
        var levels: [String: RuleLevel] = [:]
        for (key, value) in yaml.pairs(node, of: owner) {
            let name = key.string ?? ""
            guard rules.contains(name) else {
                let nearest = Suggestion.nearest(to: name, in: rules)
                yaml.report(
                    "\(owner): there is no rule `\(name)`", at: key,
                    hint: nearest.map { "did you mean `\($0)`?" },
                    details: ["see all rules: apus explain"])
                continue
            }
            guard let level = level(value) else {
                let known = RuleLevel.allCases.map(\.rawValue).joined(separator: ", ")
                yaml.report("\(owner).\(name) is one of \(known)", at: value)
                continue
            }
            levels[name] = level
        }
        return levels
    }

    /// YAML takes a bare `off` for false in its older version; people mean the level.
    private func level(_ node: Node) -> RuleLevel? {
        node.scalar.flatMap { RuleLevel(rawValue: $0.string) }
    }
}
