import ApusCore
public import ApusEngine

extension PostgresSession {
    /// How many are kept: a gate asks for those of late.
    private static let keptRehearsals = 100

    public func recordRehearsal(_ rehearsal: RehearsalRecord) throws(DatabaseError) {
        try makeReady()
        let values = [
            Self.moment(rehearsal.passedAt), rehearsal.passedBy.sqlLiteral,
            rehearsal.toolVersion.sqlLiteral, rehearsal.backup.sqlLiteral,
            Self.moment(rehearsal.backupTakenAt), rehearsal.planDigest.hex.sqlLiteral,
            (rehearsal.from?.description).sqlLiteral, (rehearsal.to?.description).sqlLiteral,
            rehearsal.way.text.sqlLiteral,
        ]
        try writing(
            """
            INSERT INTO \(names.rehearsals) (passed_at, passed_by, tool_version, backup, \
            backup_taken_at, plan_digest, from_version, to_version, way) \
            VALUES (\(values.joined(separator: ", "))); \
            DELETE FROM \(names.rehearsals) r WHERE r.entry NOT IN (SELECT l.entry FROM \
            \(names.rehearsals) l ORDER BY l.entry DESC LIMIT \(Self.keptRehearsals))
            """)
    }

    /// A moment as SQL, to the microsecond.
    private static func moment(_ timestamp: Timestamp) -> String {
        "(timestamptz 'epoch' + \(timestamp.microseconds) * interval '1 microsecond')"
    }

    public func rehearsals() throws(DatabaseError) -> [RehearsalRecord] {
        try reading { (connection) throws(DatabaseError) in
            guard case .present(let version) = try registryState(connection), version >= 3 else {
                return []
            }
            let rows = try connection.execute(
                """
                SELECT \(Self.microseconds("r.passed_at")), r.passed_by, r.tool_version, r.backup, \
                \(Self.microseconds("r.backup_taken_at")), r.plan_digest, r.from_version, \
                r.to_version, r.way FROM \(names.rehearsals) r ORDER BY r.entry DESC
                """)
            // What a later Apus wrote otherwise opens no gate of this one.
            return (0..<rows.count).compactMap { RehearsalRecord(rows, $0) }
        }
    }
}

extension RehearsalRecord {
    fileprivate init?(_ rows: Rows, _ row: Int) {
        guard let passedAt = rows.integer(row, 0), let takenAt = rows.integer(row, 4),
            let digest = rows.text(row, 5).flatMap(Checksum.init(hex:)),
            let way = rows.text(row, 8).flatMap(RehearsedWay.init(text:))
        else { return nil }
        self.init(
            passedAt: Timestamp(microseconds: passedAt), passedBy: rows.text(row, 1) ?? "",
            toolVersion: rows.text(row, 2) ?? "", backup: rows.text(row, 3) ?? "",
            backupTakenAt: Timestamp(microseconds: takenAt), planDigest: digest,
            from: rows.text(row, 6).flatMap { SemanticVersion($0) },
            to: rows.text(row, 7).flatMap { SemanticVersion($0) }, way: way)
    }
}
