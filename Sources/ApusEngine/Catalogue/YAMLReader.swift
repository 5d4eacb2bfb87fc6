import ApusCore
import Yams

/// Turns nodes of a YAML file into values, and collects what is wrong on the way.
///
/// Every function returns what it could read and goes on, so that one look finds all problems.
struct YAMLReader {
    let source: YAMLSource
    private(set) var problems: [Diagnostic] = []

    init(_ source: YAMLSource) {
        self.source = source
    }

    mutating func report(
        _ message: String, at node: Node, hint: String? = nil, details: [String] = []
    ) {
        problems.append(source.diagnostic(message, at: node, hint: hint, details: details))
    }

    /// The values of a map with known keys; those left empty are left out.
    mutating func fields(_ node: Node, of owner: String, keys: [String]) -> [String: Node] {
        var fields: [String: Node] = [:]
        for (key, value) in pairs(node, of: owner) {
            guard let name = key.scalar?.string else {
                report("\(owner) has \(key.kind) for a key", at: key)
                continue
            }
            guard keys.contains(name) else {
                let nearest = Suggestion.nearest(to: name, in: keys)
                report(
                    "\(owner) has no `\(name)`", at: key,
                    hint: nearest.map { "did you mean `\($0)`?" },
                    details: ["known keys: \(keys.joined(separator: ", "))"])
                continue
            }
            if !value.isNothing { fields[name] = value }
        }
        return fields
    }

    /// The keys and values of a map in the order of the file.
    mutating func pairs(_ node: Node?, of owner: String) -> [(key: Node, value: Node)] {
        guard let node else { return [] }
        guard case .mapping(let mapping) = node else {
            report("\(owner) must be a map, not \(node.kind)", at: node, hint: "write `key: value`")
            return []
        }
        return mapping.map { ($0.key, $0.value) }
    }

    mutating func items(_ node: Node?, of owner: String) -> [Node] {
        guard let node else { return [] }
        guard case .sequence(let sequence) = node else {
            let hint = node.scalar.map { "write [\($0.string)], or one `- ` item a line" }
            report("\(owner) must be a list, not \(node.kind)", at: node, hint: hint)
            return []
        }
        return Array(sequence)
    }

    mutating func texts(_ node: Node?, of owner: String) -> [String] {
        items(node, of: owner).compactMap { text($0, of: "an item of \(owner)") }
    }

    mutating func text(_ node: Node?, of owner: String) -> String? {
        guard let node else { return nil }
        guard let scalar = node.scalar, !node.isNothing else {
            // `- Guests: a list` is a map to YAML, which surprises whoever wrote a sentence.
            let hint = node.mapping == nil ? nil : "put a text that holds `: ` in quotes"
            report("\(owner) must be a text, not \(node.kind)", at: node, hint: hint)
            return nil
        }
        return scalar.string
    }

    mutating func flag(_ node: Node?, of owner: String) -> Bool? {
        guard let node else { return nil }
        guard let scalar = node.scalar, scalar.isBare, let flag = Bool(scalar.string) else {
            report("\(owner) must be true or false, not \(node.kind)", at: node)
            return nil
        }
        return flag
    }

    mutating func date(_ node: Node?, of owner: String) -> CalendarDate? {
        guard let text = text(node, of: owner), let node else { return nil }
        guard let date = CalendarDate(text) else {
            report(
                "`\(text)` is not a date", at: node,
                hint: "write a day that exists as year-month-day, such as 2025-01-15")
            return nil
        }
        return date
    }

    mutating func version(_ node: Node?, of owner: String) -> SemanticVersion? {
        guard let node else { return nil }
        guard let scalar = node.scalar, !node.isNothing else {
            report("\(owner) must be a version, not \(node.kind)", at: node)
            return nil
        }
        guard let version = SemanticVersion(scalar.string) else {
            let isNumber = scalar.isBare && Double(scalar.string) != nil
            report(
                "\(owner): `\(scalar.string)` is \(isNumber ? "a number, " : "")not a semantic version",
                at: node, hint: SemanticVersion.advice(for: scalar.string))
            return nil
        }
        return version
    }
}

extension Node {
    /// Whether nothing is written, or YAML's word for it.
    var isNothing: Bool {
        guard let scalar, scalar.isBare else { return false }
        return ["", "~", "null", "Null", "NULL"].contains(scalar.string)
    }

    /// The node's type as a sentence names it.
    fileprivate var kind: String {
        switch self {
        case .mapping: "a map"
        case .sequence: "a list"
        case .alias: "an alias"
        case .scalar(let scalar): isNothing ? "nothing" : "`\(scalar.string)`"
        }
    }
}

extension Node.Scalar {
    /// Whether the value stands without quotes, so that YAML gives it a type.
    fileprivate var isBare: Bool { style == .plain || style == .any }
}
