import ApusCore
public import ApusEngine
import GRDB

public import struct ApusEngine.DatabaseError

/// The rows of rehearsals that passed.
extension Registry {
    /// How many are kept: a gate asks for those of late.
    private static let keptRehearsals = 100

    func insert(_ rehearsal: RehearsalRecord, in database: Database) throws(DatabaseError) {
        try mapped {
            try database.execute(
                sql: """
                    INSERT INTO \(rehearsals) (passed_at, passed_by, tool_version, backup,
                        backup_taken_at, plan_digest, from_version, to_version, way)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    rehearsal.passedAt.registryText, rehearsal.passedBy, rehearsal.toolVersion,
                    rehearsal.backup, rehearsal.backupTakenAt.registryText,
                    rehearsal.planDigest.hex, rehearsal.from?.description,
                    rehearsal.to?.description, rehearsal.way.text,
                ])
            try database.execute(
                sql: """
                    DELETE FROM \(rehearsals) WHERE entry NOT IN
                        (SELECT entry FROM \(rehearsals) ORDER BY entry DESC LIMIT ?)
                    """,
                arguments: [Self.keptRehearsals])
        }
    }

    /// Newest first.
    func rehearsals(in database: Database) throws(DatabaseError) -> [RehearsalRecord] {
        guard case .present(let version) = try state(in: database), version >= 3 else { return [] }
        let rows = try mapped {
            try Row.fetchAll(database, sql: "SELECT * FROM \(rehearsals) ORDER BY entry DESC")
        }
        // What a later Apus wrote otherwise opens no gate of this one.
        return rows.compactMap(RehearsalRecord.init)
    }
}

extension SQLiteSession {
    public func recordRehearsal(_ rehearsal: RehearsalRecord) async throws(DatabaseError) {
        try requireLock()
        try await write { [registry] (database) throws(DatabaseError) in
            try registry.insert(rehearsal, in: database)
        }
    }

    public func rehearsals() async throws(DatabaseError) -> [RehearsalRecord] {
        guard let connection = try existing() else { return [] }
        return try await connection.read { [registry] (database) throws(DatabaseError) in
            try registry.rehearsals(in: database)
        }
    }
}

extension RehearsalRecord {
    fileprivate init?(_ row: Row) {
        guard let passedAt = Timestamp(registryText: row["passed_at"]),
            let takenAt = Timestamp(registryText: row["backup_taken_at"]),
            let digest = Checksum(hex: row["plan_digest"]), let way = RehearsedWay(text: row["way"])
        else { return nil }
        let (from, to): (String?, String?) = (row["from_version"], row["to_version"])
        self.init(
            passedAt: passedAt, passedBy: row["passed_by"], toolVersion: row["tool_version"],
            backup: row["backup"], backupTakenAt: takenAt, planDigest: digest,
            from: from.flatMap { SemanticVersion($0) }, to: to.flatMap { SemanticVersion($0) },
            way: way)
    }
}
