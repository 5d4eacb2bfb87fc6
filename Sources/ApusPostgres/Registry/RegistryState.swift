import ApusCore
import ApusEngine

/// What stands where the registry belongs.
enum RegistryState: Equatable {
    case absent
    case present(version: Int)

    /// The version that this Apus writes.
    static let currentVersion = 5

    /// What makes a table Apus's own. A later column more does no harm; a missing one means that
    /// somebody else made the table, or damaged it.
    static let columns: [String: Set<String>] = [
        "settings": ["name", "value"],
        "runs": [
            "id", "kind", "status", "summary", "plan_digest", "from_version", "to_version", "steps",
            "started_at", "ended_at", "started_by", "database_user", "application_version",
            "tool_version", "failure_code", "failure_message", "schema_digest",
            "plan",
        ],
        "migrations": [
            "position", "id", "version", "name", "checksum", "up_meaning", "down_meaning", "source",
            "down_source", "down_transaction", "dependencies", "minimum_application",
            "irreversible_reason", "applied_at", "applied_by", "duration_us", "run", "is_baseline",
            "schema_digest",
        ],
        "journal": [
            "entry", "run", "migration", "direction", "status", "meaning", "statements_done",
            "statement_count", "started_at", "duration_us", "message",
        ],
        "audit": [
            "entry", "at", "intent", "person", "address", "action", "subject", "request_key",
            "outcome", "run",
        ],
        "backups": [
            "name", "run", "path", "bytes", "checksum", "taken_at", "duration_us", "version",
        ],
        "schemas": ["digest", "document"],
        "rehearsals": [
            "entry", "passed_at", "passed_by", "tool_version", "backup", "backup_taken_at",
            "plan_digest", "from_version", "to_version", "way",
        ],
        "batches": [
            "migration", "statement", "meaning", "state", "key_types", "last_key", "size",
            "batches_done",
            "rows_done", "rows_expected", "busy_us", "run", "started_at", "changed_at", "message",
        ],
        "schedule": [
            "entry", "kind", "goal", "summary", "plan_digest", "not_before", "not_after", "said",
            "created_at", "created_by", "state", "ended_at", "run", "reverts", "message",
        ],
        "step_waits": [
            "entry", "run", "migration", "direction", "waited_us", "retries", "holder",
        ],
        "step_locks": [
            "entry", "run", "migration", "direction", "statement", "relation", "mode",
            "held_us", "is_rewrite", "is_scan",
        ],
    ]

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

    /// The columns of a version's tables; a table that it did not have is left out.
    static func columns(of version: Int) -> [String: Set<String>] {
        var columns = columns
        for (later, tables) in added where later > version {
            for (table, added) in tables { columns[table]?.subtract(added) }
        }
        return columns.filter { !$0.value.isEmpty }
    }

    /// Whether the columns are those of the registry that this Apus writes; without `version`, of one that
    /// says so of itself.
    static func isCurrent(
        _ found: [String: Set<String>], version: String? = "\(currentVersion)", schema: String
    ) -> Bool {
        do throws(DatabaseError) {
            return try RegistryState(found: found, schema: schema) { version }
                == .present(version: currentVersion)
        } catch {
            return false
        }
    }

    /// Decides from the columns of the tables that are there (by table name), and from the version
    /// that the settings name, which is only read where the settings table is Apus's.
    init(
        found tables: [String: Set<String>], schema: String,
        version: () throws(DatabaseError) -> String?
    ) throws(DatabaseError) {
        guard !tables.isEmpty else {
            self = .absent
            return
        }
        guard let settings = tables["settings"], settings.isSuperset(of: ["name", "value"]),
            let text = try version(), let version = Int(text)
        else {
            let names = tables.keys.sorted().map { "\(schema).\($0)" }.joined(separator: ", ")
            throw Self.foreign(
                "not Apus's: \(names)", help: "choose another schema for the history")
        }
        guard version <= Self.currentVersion else {
            throw DatabaseError(
                .registryNewer,
                "the history in schema \(schema) has version \(version), and this Apus knows "
                    + "\(Self.currentVersion)",
                help: ["install the Apus that the last run used, or a later one"])
        }
        let expected = Self.columns(of: version)
        if let stranger = tables.keys.filter({ expected[$0] == nil }).min() {
            throw Self.foreign(
                "in the way of an upgrade: \(schema).\(stranger) is not Apus's",
                help: "give that table another name")
        }
        for (table, columns) in expected.sorted(by: { $0.key < $1.key }) {
            let missing = columns.subtracting(tables[table] ?? []).sorted()
            guard missing.isEmpty else {
                let what =
                    tables[table] == nil ? "missing" : "without \(missing.joined(separator: ", "))"
                throw Self.foreign(
                    "damaged: \(schema).\(table) is \(what)",
                    help: "restore schema \(schema) from a backup")
            }
        }
        self = .present(version: version)
    }

    private static func foreign(_ message: String, help: String) -> DatabaseError {
        DatabaseError(
            .registryForeign, "the tables in the history's place are \(message)", help: [help])
    }
}
