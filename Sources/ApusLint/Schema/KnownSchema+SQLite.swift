/// What a statement of SQLite does to the schema.
extension KnownSchema {
    mutating func take(_ definition: SQLiteDefinition, _ birth: Birth) {
        switch definition {
        case .createTable(let name, let columns, let isAutoincrement, let isConditional):
            guard !isConditional || tables[ObjectName(name)] == nil else { return }
            var table = Table(birth: birth, isAutoincrement: isAutoincrement)
            for column in columns { table.columns[column] = Column(birth: birth) }
            tables[ObjectName(name)] = table
        case .createIndex(let name, let table, let isUnique):
            indexes[ObjectName(name)] = Index(
                birth: birth, table: ObjectName(table), isUnique: isUnique, columns: [])
        case .createTrigger(let name, let table):
            tables[ObjectName(table)]?.triggers.insert(name)
        case .dropTable(let name):
            tables[ObjectName(name)] = nil
            removeIndexes(of: ObjectName(name))
        case .dropIndex(let name): indexes[ObjectName(name)] = nil
        case .dropTrigger(let name):
            for table in tables.keys { tables[table]?.triggers.remove(name) }
        case .renameTable(let old, let new):
            tables[ObjectName(new)] = tables.removeValue(forKey: ObjectName(old))
            for (name, index) in indexes where index.table == ObjectName(old) {
                indexes[name]?.table = ObjectName(new)
            }
        case .renameColumn(let table, let old, let new):
            tables[ObjectName(table)]?.renameColumn(old, to: new)
        case .addColumn(let table, let column):
            tables[ObjectName(table)]?.columns[column] = Column(birth: birth)
        case .dropColumn(let table, let column):
            tables[ObjectName(table)]?.columns[column] = nil
        case .pragma, .other: break
        }
    }
}
