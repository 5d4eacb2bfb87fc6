/// One thing of a database's schema: a table, a column, an index, a grant …
///
/// Objects are flat: a column is an object beside its table. What an object says of itself stands
/// in its attributes, as text: `type` → `character varying(10)`. An attribute that does not apply is
/// absent. FORMATS.md lists the attributes of each kind.
public struct SchemaObject: Hashable, Sendable {
    public let kind: Kind
    /// Qualified and quoted as people write it: `public.guests.locale`.
    public let name: String
    /// By name, in the order of their bytes; no two have one name.
    public let attributes: [Attribute]

    public struct Attribute: Hashable, Sendable {
        /// Lower-case words joined by `-`.
        public let name: String
        public let text: String

        public init(_ name: String, _ text: String) {
            self.name = name
            self.text = text
        }
    }

    /// Takes the attributes in any order. Of two attributes with one name the first counts.
    public init(_ kind: Kind, _ name: String, _ attributes: [Attribute] = []) {
        self.kind = kind
        self.name = name
        var sorted = attributes.enumerated().sorted { left, right in
            left.element.name.hasSameBytes(as: right.element.name)
                ? left.offset < right.offset : left.element.name.precedes(right.element.name)
        }.map(\.element)
        for index in sorted.indices.dropFirst().reversed()
        where sorted[index].name.hasSameBytes(as: sorted[index - 1].name) {
            sorted.remove(at: index)
        }
        self.attributes = sorted
    }

    /// The text of an attribute; `nil` where it does not apply.
    public subscript(_ attribute: String) -> String? {
        attributes.first { $0.name == attribute }?.text
    }
}

extension SchemaObject {
    /// The order in a snapshot: by name, then by kind, so that a table's parts stand beside it.
    func precedes(_ other: SchemaObject) -> Bool {
        if !name.hasSameBytes(as: other.name) { return name.precedes(other.name) }
        if kind != other.kind { return kind.rawValue.precedes(other.kind.rawValue) }
        return attributes.lexicographicallyPrecedes(other.attributes) { left, right in
            left.name.hasSameBytes(as: right.name)
                ? left.text.precedes(right.text) : left.name.precedes(right.name)
        }
    }
}

/// Comparing by bytes: for Swift two spellings of `é` are one text, for a database they are two.
extension String {
    func hasSameBytes(as other: String) -> Bool {
        utf8.count == other.utf8.count && utf8.elementsEqual(other.utf8)
    }

    func precedes(_ other: String) -> Bool { utf8.lexicographicallyPrecedes(other.utf8) }
}
