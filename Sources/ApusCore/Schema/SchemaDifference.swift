/// How one schema differs from another, object by object.
public struct SchemaDifference: Hashable, Sendable {
    /// What only the new schema has; by name, then kind, as the other two.
    public var added: [SchemaObject]
    /// What only the old schema has.
    public var removed: [SchemaObject]
    /// What both have, with other attributes.
    public var changed: [Change]

    /// An object of which attributes differ.
    public struct Change: Hashable, Sendable {
        public var kind: SchemaObject.Kind
        public var name: String
        /// Never empty; by name.
        public var attributes: [AttributeChange]
    }

    /// One attribute's old and new text; `nil` where it does not apply.
    public struct AttributeChange: Hashable, Sendable {
        public var name: String
        public var old: String?
        public var new: String?
    }

    public init(
        added: [SchemaObject] = [], removed: [SchemaObject] = [], changed: [Change] = []
    ) {
        self.added = added
        self.removed = removed
        self.changed = changed
    }

    public var isEmpty: Bool { added.isEmpty && removed.isEmpty && changed.isEmpty }
    /// Whether nothing differs but the places of columns in their tables: a column that is added again stands
    /// last.
    public var isOfPositionsAlone: Bool {
        !isEmpty && added.isEmpty && removed.isEmpty
            && changed.allSatisfy { change in
                change.kind == .column && change.attributes.allSatisfy { $0.name == "position" }
            }
    }
    /// How many objects differ.
    public var count: Int { added.count + removed.count + changed.count }

    /// What has to happen to `old` so that it becomes `new`.
    ///
    /// - Parameter ignoringRoles: owners, grants and default privileges are left out of account, as
    ///   between databases that different people own.
    public static func between(
        _ old: SchemaSnapshot, _ new: SchemaSnapshot, ignoringRoles: Bool = false
    ) -> SchemaDifference {
        if old.digest == new.digest { return SchemaDifference() }
        let (old, new) =
            ignoringRoles
            ? (old.objects.filter { !$0.isOfRoles }, new.objects.filter { !$0.isOfRoles })
            : (old.objects, new.objects)
        var difference = SchemaDifference()
        var (before, after) = (old[...], new[...])
        while let left = before.first, let right = after.first {
            switch left.order(against: right) {
            case .earlier: difference.removed.append(before.removeFirst())
            case .later: difference.added.append(after.removeFirst())
            case .same:
                before.removeFirst()
                after.removeFirst()
                let attributes = left.changes(to: right, ignoringRoles: ignoringRoles)
                guard !attributes.isEmpty else { continue }
                difference.changed.append(
                    Change(kind: left.kind, name: left.name, attributes: attributes))
            }
        }
        difference.removed += before
        difference.added += after
        return difference
    }
}

extension SchemaObject {
    fileprivate enum Order { case earlier, same, later }

    /// The order of snapshots, attributes left out of account.
    fileprivate func order(against other: SchemaObject) -> Order {
        if !name.hasSameBytes(as: other.name) {
            return name.precedes(other.name) ? .earlier : .later
        }
        if kind == other.kind { return .same }
        return kind.rawValue.precedes(other.kind.rawValue) ? .earlier : .later
    }

    fileprivate var isOfRoles: Bool { kind == .grant || kind == .defaultPrivilege }

    /// Both lists are sorted, so that one pass over both is enough.
    fileprivate func changes(
        to other: SchemaObject, ignoringRoles: Bool
    ) -> [SchemaDifference.AttributeChange] {
        var changes: [SchemaDifference.AttributeChange] = []
        var (before, after) = (attributes[...], other.attributes[...])
        while before.first != nil || after.first != nil {
            let isOldNext = before.first.map { old in
                after.first.map { !$0.name.precedes(old.name) } ?? true
            }
            let isNewNext = after.first.map { new in
                before.first.map { !$0.name.precedes(new.name) } ?? true
            }
            let old = isOldNext == true ? before.removeFirst() : nil
            let new = isNewNext == true ? after.removeFirst() : nil
            guard let name = (old ?? new)?.name else { break }
            if ignoringRoles, name == "owner" { continue }
            if let old, let new, old.text.hasSameBytes(as: new.text) { continue }
            changes.append(.init(name: name, old: old?.text, new: new?.text))
        }
        return changes
    }
}
