public import ApusCore
public import ApusEngine

extension PostgresSession {
    public func history(withTexts texts: Bool) throws(DatabaseError) -> History {
        if let answers = try answers(to: historyQueries(withTexts: texts)) {
            return try history(from: answers)
        }
        return try reading { (connection) throws(DatabaseError) in
            switch try registryState(connection) {
            case .absent:
                let tables = try connection.execute(Self.userTables).integer(0, 0) ?? 0
                return History(registry: .absent(userTables: Int(tables)))
            case .present(let version):
                var answers: [Rows] = []
                for query in historyQueries(of: version, withTexts: texts) {
                    answers.append(try connection.execute(query))
                }
                return try history(from: answers, of: version)
            }
        }
    }

    public func standing(scheduleLimit: Int) throws(DatabaseError) -> DatabaseStanding {
        let queries = historyQueries(withTexts: false)
        if let answers = try answers(to: queries + [scheduleQuery(limit: scheduleLimit)]) {
            return DatabaseStanding(
                facts: try facts(), history: try history(from: Array(answers[..<queries.count])),
                schedule: try scheduleEntries(from: answers[queries.count]))
        }
        return DatabaseStanding(
            facts: try facts(), history: try history(withTexts: false),
            schedule: try schedule(limit: scheduleLimit))
    }

    /// What the history is put together from, in the order of ``history(from:of:)``.
    private func historyQueries(
        of version: Int = RegistryState.currentVersion, withTexts texts: Bool
    ) -> [String] {
        let columns =
            texts
            ? "pg_catalog.encode(m.source, 'hex'), pg_catalog.encode(m.down_source, 'hex')"
            : "NULL, NULL"
        let applied = """
            SELECT m.id, m.checksum, m.up_meaning, m.down_meaning, \
            \(columns), \
            m.down_transaction, pg_catalog.array_to_string(m.dependencies, pg_catalog.chr(10)), \
            m.minimum_application, m.irreversible_reason, \(Self.microseconds("m.applied_at")), \
            m.applied_by, m.duration_us, m.run, m.is_baseline, \
            coalesce(m.source, m.down_source) IS NOT NULL, \
            \(version < 2 ? "NULL" : "m.schema_digest") \
            FROM \(names.migrations) m ORDER BY m.position
            """
        let unfinished = """
            SELECT j.migration, j.direction, j.run, j.statements_done, j.statement_count, \
            j.meaning, \(Self.microseconds("j.started_at")) \
            FROM \(names.journal) j WHERE \(Self.isUnfinished) ORDER BY j.entry
            """
        let openRuns = "SELECT r.id FROM \(names.runs) r WHERE r.status = 'running' ORDER BY r.id"
        return [applied, unfinished, openRuns]
            + (version < 4 ? [] : [dataMigrationsQuery(openOnly: true)])
    }

    private func history(
        from answers: [Rows], of version: Int = RegistryState.currentVersion
    ) throws(DatabaseError) -> History {
        History(
            registry: .present(version: version),
            applied: try values(answers[0], of: "migrations", AppliedMigration.init),
            unfinished: try values(answers[1], of: "journal", UnfinishedStep.init),
            openRuns: (0..<answers[2].count).compactMap { answers[2].integer($0, 0) }
                .map { RunID($0) },
            incomplete: version < 4
                ? [] : try progress(answers[3]))
    }

    /// A journal row (as `j`) of a step that began and has no end. One that failed without having
    /// done anything has ended: it is `failed`.
    static let isUnfinished = "j.status = 'started'"

    /// A `timestamptz` as whole microseconds since 1970.
    static func microseconds(_ expression: String) -> String {
        "(extract(epoch FROM \(expression)) * 1000000)::bigint"
    }

    func damaged(_ table: String, _ row: String?) -> DatabaseError {
        DatabaseError(
            .registryForeign,
            "a row of \(names.schema).\(table) cannot be read: \(row ?? "without a name")",
            help: ["restore schema \(names.schema) from a backup"])
    }

    /// Tables that are neither the server's own, nor temporary, nor an extension's.
    private static let userTables = """
        SELECT count(*) FROM pg_catalog.pg_class c \
        JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
        WHERE c.relkind IN ('r', 'p') AND n.nspname <> 'information_schema' \
        AND n.nspname !~ '^pg_' AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d \
        WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
        """
}

extension AppliedMigration {
    fileprivate init?(_ rows: Rows, _ row: Int) {
        guard let id = rows.text(row, 0).flatMap(MigrationID.init),
            let checksum = rows.text(row, 1).flatMap(Checksum.init(hex:)),
            let upMeaning = rows.text(row, 2).flatMap(Checksum.init(hex:)),
            let appliedAt = rows.integer(row, 10), let duration = rows.integer(row, 12),
            let run = rows.integer(row, 13)
        else { return nil }

        var dependencies: [MigrationID]?
        if let names = rows.text(row, 7)?.split(separator: "\n") {
            let read = names.compactMap { MigrationID(String($0)) }
            guard read.count == names.count else { return nil }
            dependencies = read
        }
        var text: StoredText?
        if let source = rows.bytes(row, 4) {
            text = .whole(source)
        } else if let down = rows.bytes(row, 5),
            let transaction = rows.text(row, 6).flatMap(Script.Transaction.init(rawValue:))
        {
            text = .down(down, transaction: transaction)
        } else if rows.flag(row, 15) {
            text = .unread
        }
        self.init(
            id: id, checksum: checksum, upMeaning: upMeaning,
            downMeaning: rows.text(row, 3).flatMap(Checksum.init(hex:)), text: text,
            dependencies: dependencies,
            minimumApplication: rows.text(row, 8).flatMap { SemanticVersion($0) },
            irreversibleReason: rows.text(row, 9), appliedAt: Timestamp(microseconds: appliedAt),
            appliedBy: rows.text(row, 11) ?? "", duration: .microseconds(duration),
            run: RunID(run), isBaseline: rows.flag(row, 14),
            schemaDigest: rows.text(row, 16).flatMap(Checksum.init(hex:)))
    }
}

extension UnfinishedStep {
    fileprivate init?(_ rows: Rows, _ row: Int) {
        guard let id = rows.text(row, 0).flatMap(MigrationID.init),
            let direction = rows.text(row, 1).flatMap(Direction.init(rawValue:)),
            let run = rows.integer(row, 2), let done = rows.integer(row, 3),
            let count = rows.integer(row, 4),
            let meaning = rows.text(row, 5).flatMap(Checksum.init(hex:)),
            let startedAt = rows.integer(row, 6)
        else { return nil }
        self.init(
            id: id, direction: direction, run: RunID(run), statementsDone: Int(done),
            statementCount: Int(count), meaning: meaning,
            startedAt: Timestamp(microseconds: startedAt))
    }
}
