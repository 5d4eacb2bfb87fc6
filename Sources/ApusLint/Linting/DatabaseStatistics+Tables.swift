import ApusCore

extension DatabaseStatistics {
    func of(_ table: ObjectName) -> TableStatistics? {
        tables.first { ObjectName(schema: $0.schema, $0.name) == table }
    }
}

extension TableStatistics {
    /// `in the target database guests has about 1204331 rows, 312.4 MB, and saw 5120 writes and 88 scans
    /// since the server began to count`
    func sentence(_ table: ObjectName) -> String {
        var parts = [rows.map { "about \($0) rows" } ?? "rows nobody has counted"]
        if let bytes { parts.append(bytes.readableBytes) }
        let size = "in the target database \(table) has \(parts.joined(separator: ", "))"
        guard let writes, let reads else { return size }
        return
            "\(size), and saw \(writes) writes and \(reads) scans since the server began to count"
    }
}
