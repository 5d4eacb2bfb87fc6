/// The registry's tables by their qualified, quoted names: no `search_path` can hide them.
struct RegistryNames: Hashable, Sendable {
    /// As the user wrote it, unquoted.
    let schema: String
    let quotedSchema: String

    init(schema: String) {
        self.schema = schema
        quotedSchema = schema.sqlIdentifier
    }

    var settings: String { "\(quotedSchema).settings" }
    var runs: String { "\(quotedSchema).runs" }
    var migrations: String { "\(quotedSchema).migrations" }
    var journal: String { "\(quotedSchema).journal" }
    var backups: String { "\(quotedSchema).backups" }
    var schemas: String { "\(quotedSchema).schemas" }
    var audit: String { "\(quotedSchema).audit" }
    var rehearsals: String { "\(quotedSchema).rehearsals" }
    var batches: String { "\(quotedSchema).batches" }
    var schedule: String { "\(quotedSchema).schedule" }
    var stepWaits: String { "\(quotedSchema).step_waits" }
    var stepLocks: String { "\(quotedSchema).step_locks" }

    /// The statements of registry.sql for this schema.
    var creation: String { statements(PackageResources.registry_sql) }

    /// What makes the current version out of an older one.
    func upgrade(from version: Int) -> String {
        let upgrades = [
            2: PackageResources.registry_upgrade_2_sql, 3: PackageResources.registry_upgrade_3_sql,
            4: PackageResources.registry_upgrade_4_sql, 5: PackageResources.registry_upgrade_5_sql,
        ]
        return upgrades.sorted { $0.key < $1.key }.filter { $0.key > version }
            .map { statements($0.value) }.joined(separator: "\n")
    }

    private func statements(_ file: [UInt8]) -> String {
        String(decoding: file, as: UTF8.self).replacing("apus.", with: "\(quotedSchema).")
    }

    /// The key of the advisory lock: FNV-1a, 64 bits, of `apus:SCHEMA.migrations` in UTF-8.
    ///
    /// It comes from the history table's identity, so that two histories in one database do not
    /// wait for each other; PostgreSQL itself keeps the locks of different databases apart.
    var lockKey: Int64 { Self.key(of: "apus:\(schema).migrations") }

    /// FNV-1a, 64 bits, of a text in UTF-8.
    static func key(of text: String) -> Int64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in text.utf8 {
            hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3
        }
        return Int64(bitPattern: hash)
    }
}
