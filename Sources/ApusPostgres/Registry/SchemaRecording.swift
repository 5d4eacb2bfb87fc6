public import ApusCore
public import ApusEngine

extension PostgresSession {
    public func recordSchema(
        _ schema: SchemaSnapshot, after migration: MigrationID
    ) throws(DatabaseError) {
        try makeReady()
        try writing(keeping(schema, after: migration))
    }

    /// SQL that keeps a schema's document, notes it beside the migration that left it, and throws
    /// away what nobody asks for any more.
    func keeping(_ schema: SchemaSnapshot, after migration: MigrationID?) -> String {
        let digest = schema.digest.hex.sqlLiteral
        // A document cannot hold its own digest between dollar signs, so nothing in it ends it.
        let quote = "$d\(schema.digest.hex)$"
        let note = migration.map { id in
            "UPDATE \(names.migrations) SET schema_digest = \(digest)"
                + " WHERE id = \(id.description.sqlLiteral); "
        }
        return """
            \(note ?? "")INSERT INTO \(names.schemas) (digest, document) \
            VALUES (\(digest), \(quote)\(schema.document)\(quote)) ON CONFLICT (digest) DO NOTHING; \
            DELETE FROM \(names.schemas) s WHERE s.digest <> \(digest) AND NOT EXISTS (SELECT FROM \
            (SELECT m.schema_digest FROM \(names.migrations) m ORDER BY m.position DESC LIMIT 2) l \
            WHERE l.schema_digest = s.digest)
            """
    }

    public func recordedSchema() throws(DatabaseError) -> RecordedSchema {
        try reading { (connection) throws(DatabaseError) in
            guard case .present(let version) = try registryState(connection) else { return .never }
            let rows = try connection.execute(
                version < 2
                    ? """
                    SELECT r.id, r.status, NULL, NULL, NULL \
                    FROM \(names.runs) r WHERE r.kind <> 'backup' ORDER BY r.id DESC LIMIT 1
                    """
                    // Of a run that recorded nothing, and behind which nothing took effect, what the last one
                    // before it left that did.
                    : """
                    SELECT r.id, r.status, r.schema_digest, k.id, k.schema_digest \
                    FROM \(names.runs) r LEFT JOIN (SELECT s.id, s.schema_digest \
                    FROM \(names.runs) s WHERE s.schema_digest IS NOT NULL \
                    ORDER BY s.id DESC LIMIT 1) k ON r.schema_digest IS NULL AND NOT EXISTS \
                    (SELECT FROM \(names.journal) j WHERE j.run > k.id \
                    AND (j.status <> 'failed' OR j.statements_done > 0)) \
                    WHERE r.kind <> 'backup' ORDER BY r.id DESC LIMIT 1
                    """)
            guard rows.count == 1 else { return .never }
            guard let run = rows.integer(0, 0),
                let status = rows.text(0, 1).flatMap(RunStatus.init(rawValue:))
            else { throw damaged("runs", rows.text(0, 0)) }
            if let kept = rows.integer(0, 3),
                let digest = rows.text(0, 4).flatMap(Checksum.init(hex:))
            {
                return .left(by: RunID(kept), digest)
            }
            return RecordedSchema(
                run: RunID(run), status: status,
                digest: rows.text(0, 2).flatMap(Checksum.init(hex:)))
        }
    }

    public func recordedSchema(_ digest: Checksum) throws(DatabaseError) -> SchemaSnapshot? {
        try reading { (connection) throws(DatabaseError) in
            guard case .present(let version) = try registryState(connection), version >= 2 else {
                return nil
            }
            let rows = try connection.execute(
                """
                SELECT s.document FROM \(names.schemas) s WHERE s.digest = \(digest.hex.sqlLiteral)
                """)
            guard rows.count == 1, let document = rows.text(0, 0) else { return nil }
            return try SchemaSnapshot(recorded: document, digest)
        }
    }
}
