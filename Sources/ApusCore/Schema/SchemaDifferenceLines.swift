extension SchemaDifference {
    /// The difference for people, a line for each object that is added or removed, and for each
    /// attribute that changed:
    ///
    ///     ~ column public.guests.locale: type text -> character varying(10)
    ///     + index public.guests_by_name: CREATE INDEX guests_by_name ON public.guests USING btree (name)
    ///     - table public.houses (3 columns, 1 constraint)
    ///
    /// The parts of a table that is added or removed as a whole are counted instead of listed.
    public var lines: [String] {
        var lines: [(object: SchemaObject, line: String)] = []
        for (sign, objects) in [("-", removed), ("+", added)] {
            let wholes = Wholes(objects)
            for object in objects where !wholes.hold(object) {
                lines.append((object, "\(sign) \(wholes.line(of: object))"))
            }
        }
        for change in changed {
            let object = SchemaObject(change.kind, change.name)
            lines += change.attributes.map { attribute in
                (object, "~ \(change.kind.words) \(change.name): \(attribute.line)")
            }
        }
        // Stable: what concerns one name stays in the order in which it was said.
        return lines.enumerated().sorted { left, right in
            let (first, second) = (left.element.object, right.element.object)
            if first.name.hasSameBytes(as: second.name) { return left.offset < right.offset }
            return first.name.precedes(second.name)
        }.map(\.element.line)
    }
}

extension SchemaDifference.AttributeChange {
    /// `type text -> character varying(10)`; of a text of several lines, the first that differs.
    public var line: String {
        guard let old, let new, old.contains("\n") || new.contains("\n") else {
            return "\(name) \(Self.short(old)) -> \(Self.short(new))"
        }
        let before = old.split(separator: "\n", omittingEmptySubsequences: false)
        let after = new.split(separator: "\n", omittingEmptySubsequences: false)
        let same = zip(before, after).prefix { String($0).hasSameBytes(as: String($1)) }.count
        func text(_ lines: [Substring]) -> String {
            same < lines.count ? Self.short(String(lines[same])) : "(end)"
        }
        return "\(name), line \(same + 1): \(text(before)) -> \(text(after))"
    }

    static func short(_ text: String?) -> String {
        guard let text else { return "(none)" }
        let lines = text.split(whereSeparator: \.isNewline)
        let first = lines.first.map(String.init) ?? "\"\""
        let isCut = lines.count > 1 || first.count > 100
        return isCut ? "\(first.prefix(100))…" : first
    }
}

extension SchemaObject.Attribute {
    /// The text on one line of bounded length.
    public var shortText: String { SchemaDifference.AttributeChange.short(text) }
}

/// The tables and the like among objects that came or went together, with their parts.
private struct Wholes {
    private var parts: [String: [SchemaObject.Kind: Int]] = [:]

    init(_ objects: [SchemaObject]) {
        for object in objects where object.kind.hasParts { parts[object.name] = [:] }
        for object in objects {
            guard let whole = whole(of: object) else { continue }
            parts[whole, default: [:]][object.kind, default: 0] += 1
        }
    }

    func hold(_ object: SchemaObject) -> Bool { whole(of: object) != nil }

    /// The table's name: an attribute where the object has a name of its own, else what stands
    /// before the last part of the name.
    private func whole(of object: SchemaObject) -> String? {
        guard object.kind.isPart else { return nil }
        if let table = object["table"] { return parts[table] == nil ? nil : table }
        let dots = object.name.indices.filter { object.name[$0] == "." }
        return dots.reversed().map { String(object.name[..<$0]) }.first { parts[$0] != nil }
    }

    func line(of object: SchemaObject) -> String {
        let title = "\(object.kind.words) \(object.name)"
        if object.kind.hasParts {
            let counts = SchemaObject.Kind.allCases.compactMap { kind in
                parts[object.name]?[kind].map {
                    $0 == 1 ? "1 \(kind.words)" : "\($0) \(kind.plural)"
                }
            }
            return counts.isEmpty ? title : "\(title) (\(counts.joined(separator: ", ")))"
        }
        let telling = ["definition", "type", "granted", "revoked", "values", "value", "version"]
        // An index that a concurrent build left invalid looks like any other, and serves nobody.
        let remark = object["valid"] == "no" ? " (not valid)" : ""
        guard let text = telling.lazy.compactMap({ object[$0] }).first else {
            return title + remark
        }
        return "\(title): \(SchemaDifference.AttributeChange.short(text))\(remark)"
    }
}

extension SchemaObject.Kind {
    var hasParts: Bool {
        switch self {
        case .table, .foreignTable, .view, .materializedView, .compositeType, .domain: true
        default: false
        }
    }

    var isPart: Bool {
        switch self {
        case .column, .constraint, .index, .trigger, .rule, .policy: true
        default: false
        }
    }

    fileprivate var plural: String {
        switch self {
        case .index: "indexes"
        case .policy: "policies"
        default: "\(words)s"
        }
    }
}
