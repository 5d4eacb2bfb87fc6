extension ColumnType {
    /// Whether every value is valid under the new type as it is stored.
    func keepsItsRows(as new: ColumnType) -> Bool {
        guard isArray == new.isArray, name.schema == nil, new.name.schema == nil else {
            return self == new
        }
        switch (name.name, new.name.name) {
        case ("varchar", "varchar"), ("varbit", "varbit"):
            return new.modifiers.isEmpty || isWidened(to: new)
        case ("varchar", "text"): return true
        case ("text", "varchar"): return new.modifiers.isEmpty
        case ("numeric", "numeric"):
            if new.modifiers.isEmpty { return true }
            let (scale, newScale) = (
                modifiers.dropFirst().first ?? 0, new.modifiers.dropFirst().first ?? 0
            )
            return isWidened(to: new) && scale == newScale
        case ("timestamp", "timestamp"), ("timestamptz", "timestamptz"), ("time", "time"),
            ("timetz", "timetz"):
            return new.modifiers.isEmpty || isWidened(to: new)
        case ("cidr", "inet"): return true
        default: return self == new
        }
    }

    private func isWidened(to new: ColumnType) -> Bool {
        guard let size = modifiers.first, let newSize = new.modifiers.first else { return false }
        return newSize >= size
    }
}
