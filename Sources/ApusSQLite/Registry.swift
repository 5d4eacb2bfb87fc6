import ApusCore
import GRDB

import struct ApusEngine.DatabaseError

/// Apus's own tables in a database: how they are named, recognised and made.
struct Registry: Sendable {
    /// The version that this Apus writes.
    static let version = 5
    private static let names = [
        "settings", "migrations", "runs", "journal", "backups", "schemas", "audit", "rehearsals",
        "batches", "schedule", "step_waits", "step_locks",
    ]

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
    var schemas: String { "main.\(prefix)schemas" }
    var audit: String { "main.\(prefix)audit" }
    var rehearsals: String { "main.\(prefix)rehearsals" }
    var batches: String { "main.\(prefix)batches" }
    var schedule: String { "main.\(prefix)schedule" }
    var stepWaits: String { "main.\(prefix)step_waits" }
    var stepLocks: String { "main.\(prefix)step_locks" }

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
        else {
            throw foreign(
                "are not a registry of Apus", "\(prefix)settings does not hold a registry version",
                "give the history another name: `registry: NAME` in apus.yaml, or APUS_REGISTRY")
        }
        guard version <= Self.version else {
            throw DatabaseError(
                .registryNewer,
                "the registry has version \(version), this Apus knows versions up to \(Self.version)",
                help: ["use the Apus that wrote it, or a later one"])
        }
        let expected = try expectedColumns(version: version)
        if let stranger = found.keys.filter({ expected[$0] == nil }).min() {
            throw foreign(
                "are in the way of an upgrade", "the table \(stranger) is not Apus's",
                "give that table another name")
        }
        for (table, expected) in expected.sorted(by: { $0.key < $1.key }) {
            if found[table] == nil { throw damaged("the table \(table) is missing") }
            if let column = expected.subtracting(found[table] ?? []).min() {
                throw damaged("\(table) has no column \(column)")
            }
        }
        return .present(version: version)
    }

    /// Makes the tables. The caller holds the lock and has a transaction open.
    func create(in database: Database) throws(DatabaseError) {
        try mapped { try database.execute(sql: statements(PackageResources.registry_sql)) }
    }

    /// Makes the current version out of an older one, as `create`.
    func upgrade(from version: Int, in database: Database) throws(DatabaseError) {
        let upgrades = [
            2: PackageResources.registry_upgrade_2_sql, 3: PackageResources.registry_upgrade_3_sql,
            4: PackageResources.registry_upgrade_4_sql, 5: PackageResources.registry_upgrade_5_sql,
        ]
        for (later, file) in upgrades.sorted(by: { $0.key < $1.key }) where later > version {
            try mapped { try database.execute(sql: statements(file)) }
        }
    }

    private func statements(_ file: [UInt8]) -> String {
        String(decoding: file, as: UTF8.self)
            .replacing("main.apus_", with: "main.\(prefix)")
            .replacing(" apus_", with: " \(prefix)")
    }

    /// What a version has that the one before it lacked.
    private static let added: [Int: [String: Set<String>]] = [
        2: [
            "runs": ["schema_digest", "plan"], "migrations": ["schema_digest"],
            "schemas": ["digest", "document"],
            "audit": [
                "entry", "at", "intent", "person", "address", "action", "subject", "request_key",
                "outcome", "run",
            ],
        ],
        3: [
            "rehearsals": [
                "entry", "passed_at", "passed_by", "tool_version", "backup", "backup_taken_at",
                "plan_digest", "from_version", "to_version", "way",
            ]
        ],
        4: [
            "batches": [
                "migration", "statement", "meaning", "state", "key_types", "last_key", "size",
                "batches_done",
                "rows_done", "rows_expected", "busy_us", "run", "started_at", "changed_at",
                "message",
            ],
            "schedule": [
                "entry", "kind", "goal", "summary", "plan_digest", "not_before", "not_after",
                "said",
                "created_at", "created_by", "state", "ended_at", "run", "reverts", "message",
            ],
        ],
        5: [
            "step_waits": [
                "entry", "run", "migration", "direction", "waited_us", "retries", "holder",
            ],
            "step_locks": [
                "entry", "run", "migration", "direction", "statement", "relation", "mode",
                "held_us", "is_rewrite", "is_scan",
            ],
        ],
    ]

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

    /// What `registry.sql` makes, without what later versions added.
    private func expectedColumns(version: Int) throws(DatabaseError) -> [String: Set<String>] {
        var expected = try Self.current.get()
        for (later, tables) in Self.added where later > version {
            for (table, added) in tables { expected[Self.plainPrefix + table]?.subtract(added) }
        }
        let pairs = expected.filter { !$0.value.isEmpty }
            .map { (prefix + $0.key.dropFirst(Self.plainPrefix.count), $0.value) }
        return Dictionary(uniqueKeysWithValues: pairs)
    }

    private static let plainPrefix = "apus_"

    /// Found out by making them, once in a process.
    private static let current: Result<[String: Set<String>], DatabaseError> = {
        let plain = Registry(prefix: plainPrefix)
        do throws(DatabaseError) {
            let scratch = try mapped { try DatabaseQueue() }
            let columns = try mapped {
                try scratch.inDatabase { database in
                    try plain.create(in: database)
                    return try plain.columns(in: database)
                }
            }
            return .success(columns)
        } catch {
            return .failure(error)
        }
    }()

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

    /// Something that bears our name and is not ours: never written to.
    private func foreign(_ what: String, _ reason: String, _ help: String) -> DatabaseError {
        DatabaseError(
            .registryForeign, "the tables \(prefix)… of this database \(what)", detail: reason,
            help: [help])
    }

    /// What is ours and not whole: never written to either.
    func damaged(_ reason: String) -> DatabaseError {
        DatabaseError(
            .registryForeign, "the history in this database, the tables \(prefix)…, is damaged",
            detail: reason,
            help: [
                "keep a copy of the file as it is", "see what backups there are: apus backup list",
            ])
    }
}
