/// How the tables and views that are known hang together.
extension KnownSchema {
    /// In the order of their names.
    private func tables(_ areMeant: (Table) -> Bool) -> [ObjectName] {
        tables.filter { areMeant($0.value) }.map(\.key).sorted()
    }

    /// The partitions of a table and the tables that inherit from it.
    func children(of name: ObjectName) -> [ObjectName] {
        tables { $0.parents.contains(name) }
    }

    /// Those, theirs, and so on.
    func descendants(of name: ObjectName) -> [ObjectName] {
        var found: [ObjectName] = []
        var open = children(of: name)
        while let child = open.popLast() {
            guard !found.contains(child) else { continue }
            found.append(child)
            open += children(of: child)
        }
        return found.sorted()
    }

    func defaultPartition(of name: ObjectName) -> ObjectName? {
        children(of: name).first { tables[$0]?.isDefaultPartition == true }
    }

    /// The foreign keys by which other tables refer to this one.
    func foreignKeys(to name: ObjectName) -> [(ObjectName, Constraint)] {
        func refers(_ constraint: Constraint) -> Bool {
            constraint.kind == .foreignKey && constraint.referenced == name
        }
        return tables { $0.constraints.contains(where: refers) }.filter { $0 != name }
            .flatMap { other in
                (tables[other]?.constraints ?? []).filter(refers).map { (other, $0) }
            }
    }

    /// The views whose query names a table or view.
    func readers(of name: ObjectName) -> [ObjectName] {
        views.lazy.filter { $0.value.reads.contains(name) }.map(\.key).sorted()
            + tables { $0.reads?.contains(name) == true }
    }

    func tables(withColumnsOf type: ObjectName) -> [ObjectName] {
        tables { $0.columns.contains { $0.value.type?.name == type } }
    }

    /// The table that an index belongs to; also one that the server made for a constraint.
    func table(ofIndex name: ObjectName) -> ObjectName? {
        if let index = indexes[name] { return index.table }
        return tables.lazy.filter { table, facts in
            table.schema == name.schema
                && facts.constraints.contains {
                    $0.hasIndex && $0.isCalled(name.name, of: table)
                }
        }.map(\.key).min()
    }

    func hasIndex(_ table: ObjectName) -> Bool {
        indexes.contains { $0.value.table == table }
            || tables[table]?.constraints.contains(where: \.hasIndex) == true
    }

    /// Whether a column is known to be in an index.
    func hasIndex(on column: String, of table: ObjectName) -> Bool {
        indexes.values.contains { $0.table == table && $0.columns.contains(column) }
            || tables[table]?.constraints.contains { $0.hasIndex && $0.columns.contains(column) }
                == true
    }

    /// The columns of an index, which lives where its table lives; `nil` where it is not known.
    func columns(ofIndex index: String, of table: ObjectName) -> [String]? {
        indexes[ObjectName(schema: table.schema, index)]?.columns
    }

    func constraint(_ name: String?, of table: ObjectName) -> Constraint? {
        guard let name else { return nil }
        return tables[table]?.constraints.first { $0.isCalled(name, of: table) }
    }
}

extension KnownSchema.Constraint {
    var hasIndex: Bool { kind == .primaryKey || kind == .unique || kind == .exclusion }

    /// Whether that is its name: the one that was written, or the one that the server chooses first.
    func isCalled(_ name: String, of table: ObjectName) -> Bool {
        if isNamed(name, of: table) { return true }
        guard self.name == nil, name.hasPrefix("\(table.name)_") else { return false }
        return switch kind {
        case .exclusion: name.hasSuffix("_excl")
        case .check: name.hasSuffix("_check")
        case .primaryKey, .unique, .foreignKey: false
        }
    }
}
