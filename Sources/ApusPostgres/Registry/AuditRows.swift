public import ApusCore
public import ApusEngine

extension PostgresSession {
    public func recordIntent(_ intent: AuditIntent) throws(DatabaseError) -> AuditID {
        try requireAudit()
        let values = [
            intent.person.sqlLiteral, intent.address.sqlLiteral, intent.action.sqlLiteral,
            intent.subject.sqlLiteral, intent.key.sqlLiteral,
        ]
        do throws(DatabaseError) {
            let results = try writing(
                """
                INSERT INTO \(names.audit) (person, address, action, subject, request_key) \
                VALUES (\(values.joined(separator: ", "))) RETURNING entry
                """)
            guard let number = results.last?.integer(0, 0) else {
                throw DatabaseError(.internalError, "the server gave the entry no number")
            }
            return AuditID(number)
        } catch  where error.sqlState == "23505" {
            throw .repeated
        }
    }

    public func recordOutcome(
        of intent: AuditID, _ outcome: String, run: RunID?
    ) throws(DatabaseError) {
        try writing(
            """
            INSERT INTO \(names.audit) (intent, person, action, subject, outcome, run) \
            SELECT a.entry, a.person, a.action, a.subject, \(outcome.sqlLiteral), \
            \(run.map(\.description) ?? "NULL") FROM \(names.audit) a WHERE a.entry = \(intent)
            """)
    }

    public func audit(
        limit: Int, before: AuditID?
    ) throws(DatabaseError) -> [AuditEntry] {
        try entries(
            before.map { "AND a.entry < \($0)" } ?? "",
            "ORDER BY a.entry DESC LIMIT \(max(0, limit))")
    }

    public func audited(key: String) throws(DatabaseError) -> AuditEntry? {
        try entries("AND a.request_key = \(key.sqlLiteral)", "LIMIT 1").first
    }

    public func journal(
        of id: MigrationID, limit: Int
    ) throws(DatabaseError) -> [MigrationAttempt] {
        try reading { (connection) throws(DatabaseError) in
            guard try registryState(connection) != .absent else { return [] }
            let rows = try connection.execute(
                """
                SELECT \(Self.journalColumns), j.run FROM \(names.journal) j \
                WHERE j.migration = \(id.description.sqlLiteral) AND \(UndoneBatchesNote.isStep) \
                ORDER BY j.entry DESC LIMIT \(max(0, limit))
                """)
            var attempts: [MigrationAttempt] = []
            for row in 0..<rows.count {
                guard let entry = JournalEntry(rows, row), let run = rows.integer(row, 8) else {
                    throw damaged("journal", rows.text(row, 0))
                }
                attempts.append(MigrationAttempt(run: RunID(run), entry: entry))
            }
            return attempts
        }
    }

    private func requireAudit() throws(DatabaseError) {
        let state = try reading { (connection) throws(DatabaseError) in
            try registryState(connection)
        }
        guard case .present(let version) = state, version >= 2 else { throw .noAudit }
    }

    private func entries(
        _ condition: String, _ clauses: String
    ) throws(DatabaseError) -> [AuditEntry] {
        try reading { (connection) throws(DatabaseError) in
            guard case .present(let version) = try registryState(connection), version >= 2 else {
                return []
            }
            let rows = try connection.execute(
                """
                SELECT a.entry, \(Self.microseconds("a.at")), a.person, a.address, a.action, \
                a.subject, o.outcome, o.run FROM \(names.audit) a \
                LEFT JOIN \(names.audit) o ON o.intent = a.entry \
                WHERE a.intent IS NULL \(condition) \(clauses)
                """)
            return try values(rows, of: "audit", AuditEntry.init)
        }
    }
}

extension AuditEntry {
    fileprivate init?(_ rows: Rows, _ row: Int) {
        guard let number = rows.integer(row, 0), let at = rows.integer(row, 1),
            let person = rows.text(row, 2), let action = rows.text(row, 4),
            let subject = rows.text(row, 5)
        else { return nil }
        self.init(
            id: AuditID(number), at: Timestamp(microseconds: at), person: person,
            address: rows.text(row, 3), action: action, subject: subject,
            outcome: rows.text(row, 6), run: rows.integer(row, 7).map(RunID.init))
    }
}
