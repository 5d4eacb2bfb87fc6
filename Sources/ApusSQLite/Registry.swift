import ApusCore
import GRDB

import struct ApusEngine.DatabaseError

/// Apus's own tables in a database: how they are named, recognised and made.
struct Registry: Sendable {
    /// The version that this Apus writes.
    static let version = 1
    private static let names = ["settings", "migrations", "runs", "journal", "backups"]

    /// What every table's name begins with.
    let prefix: String

    init(prefix: String) {
        precondition(
            !prefix.isEmpty
                && prefix.utf8.allSatisfy { $0 == 0x5F || ($0 | 0x20 >= 0x61 && $0 | 0x20 <= 0x7A) },
            "a registry prefix is made of ASCII letters and underscores")
        self.prefix = prefix
    }

    // Always qualified: a temporary table of the same name must not hide ours.
    var settings: String { "main.\(prefix)settings" }
    var migrations: String { "main.\(prefix)migrations" }
    var runs: String { "main.\(prefix)runs" }
    var journal: String { "main.\(prefix)journal" }
    var backups: String { "main.\(prefix)backups" }

    /// Whether there is a registry and whose; throws for one that must not be touched.
    func state(in database: Database) throws(DatabaseError) -> History.Registry {
        let found = try columns(in: database)
        guard !found.isEmpty else { return .absent(userTables: try userTables(in: database)) }

        guard found["\(prefix)settings"]?.isSuperset(of: ["name", "value"]) == true,
            let text = try mapped({
                try String.fetchOne(
                    database, sql: "SELECT value FROM \(settings) WHERE name = 'registry'")
            }),
            let version = Int(text)
        else { throw foreign("\(prefix)settings does not hold a registry version") }
        guard version <= Self.version else {
            throw DatabaseError(
                .registryNewer,
                "the registry has version \(version), this Apus knows versions up to \(Self.version)",
                help: ["use the Apus that wrote it, or a later one"])
        }
        for (table, expected) in try expectedColumns() {
            let missing = expected.subtracting(found[table] ?? [])
            if found[table] == nil { throw foreign("the table \(table) is missing") }
            if let column = missing.min() { throw foreign("\(table) has no column \(column)") }
        }
        return .present(version: version)
    }

    /// Makes the tables. The caller holds the lock and has a transaction open.
    func create(in database: Database) throws(DatabaseError) {
        try mapped { try database.execute(sql: definition) }
    }

    private var definition: String {
        String(decoding: PackageResources.registry_sql, as: UTF8.self)
            .replacing("main.apus_", with: "main.\(prefix)")
    }

    /// The columns of whatever bears one of our names.
    private func columns(in database: Database) throws(DatabaseError) -> [String: Set<String>] {
        try mapped {
            var found: [String: Set<String>] = [:]
            for name in Self.names.map({ prefix + $0 }) {
                let columns = try String.fetchAll(
                    database, sql: "SELECT name FROM pragma_table_info(?, 'main')",
                    arguments: [name])
                if !columns.isEmpty { found[name] = Set(columns) }
            }
            return found
        }
    }

    /// What `registry.sql` makes, found out by making it: no second list to keep in step.
    private func expectedColumns() throws(DatabaseError) -> [String: Set<String>] {
        let scratch = try mapped { try DatabaseQueue() }
        return try mapped {
            try scratch.inDatabase { database in
                try create(in: database)
                return try columns(in: database)
            }
        }
    }

    /// Tables of other people's; a virtual table counts once, its shadow tables not at all.
    private func userTables(in database: Database) throws(DatabaseError) -> Int {
        try mapped {
            try Int.fetchOne(
                database,
                sql: """
                    SELECT count(*) FROM pragma_table_list
                    WHERE schema = 'main' AND type IN ('table', 'virtual')
                      AND name NOT GLOB 'sqlite_*' AND substr(name, 1, ?) <> ?
                    """,
                arguments: [prefix.count, prefix]) ?? 0
        }
    }

    /// Something that bears our name and is not ours, or is ours and damaged: never written to.
    func foreign(_ reason: String) -> DatabaseError {
        DatabaseError(
            .registryForeign, "the tables \(prefix)… of this database are not a registry of Apus",
            detail: reason)
    }
}
