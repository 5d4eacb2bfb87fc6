import ApusCore
import ApusEngine
import GRDB

import struct ApusEngine.DatabaseError

/// The rows that say what runs and migrations left of the schema.
extension Registry {
    /// Keeps a schema's document, notes it beside the migration that left it, and throws away what
    /// nobody asks for any more.
    func keep(
        _ schema: SchemaSnapshot, after migration: MigrationID?, in database: Database
    ) throws(DatabaseError) {
        let digest = schema.digest.hex
        try mapped {
            if let migration {
                try database.execute(
                    sql: "UPDATE \(migrations) SET schema_digest = ? WHERE id = ?",
                    arguments: [digest, migration.description])
            }
            try database.execute(
                sql: """
                    INSERT INTO \(schemas) (digest, document) VALUES (?, ?)
                    ON CONFLICT (digest) DO NOTHING
                    """,
                arguments: [digest, schema.document])
            try database.execute(
                sql: """
                    DELETE FROM \(schemas) WHERE digest <> ? AND digest NOT IN
                        (SELECT schema_digest FROM
                            (SELECT schema_digest FROM \(migrations) ORDER BY position DESC LIMIT 2)
                        WHERE schema_digest IS NOT NULL)
                    """,
                arguments: [digest])
        }
    }

    /// What the latest run left; of one that recorded nothing and behind which nothing took effect, what the
    /// last one before it left that did.
    func recordedSchema(in database: Database) throws(DatabaseError) -> RecordedSchema {
        guard case .present(let version) = try state(in: database) else { return .never }
        let row = try mapped {
            try Row.fetchOne(
                database,
                sql: version < 2
                    ? "SELECT id, status FROM \(runs) WHERE kind <> 'backup' ORDER BY id DESC LIMIT 1"
                    : """
                    SELECT r.id, r.status, r.schema_digest, k.id AS kept, k.schema_digest AS kept_digest
                    FROM \(runs) AS r LEFT JOIN
                        (SELECT id, schema_digest FROM \(runs) WHERE schema_digest IS NOT NULL
                        ORDER BY id DESC LIMIT 1) AS k
                    ON r.schema_digest IS NULL AND NOT EXISTS
                        (SELECT 1 FROM \(journal) WHERE run > k.id
                        AND (status <> 'failed' OR statements_done > 0))
                    WHERE r.kind <> 'backup' ORDER BY r.id DESC LIMIT 1
                    """)
        }
        guard let row else { return .never }
        guard let status = RunStatus(rawValue: row["status"]) else {
            throw damaged("a run's row cannot be read")
        }
        if let kept: Int64 = row["kept"], let text: String = row["kept_digest"],
            let digest = Checksum(hex: text)
        {
            return .left(by: RunID(kept), digest)
        }
        let digest: String? = row["schema_digest"]
        return RecordedSchema(
            run: RunID(row["id"]), status: status, digest: digest.flatMap(Checksum.init(hex:)))
    }

    func recordedSchema(
        _ digest: Checksum, in database: Database
    ) throws(DatabaseError) -> SchemaSnapshot? {
        guard case .present(let version) = try state(in: database), version >= 2 else { return nil }
        let document = try mapped {
            try String.fetchOne(
                database, sql: "SELECT document FROM \(schemas) WHERE digest = ?",
                arguments: [digest.hex])
        }
        guard let document else { return nil }
        return try SchemaSnapshot(recorded: document, digest)
    }
}
