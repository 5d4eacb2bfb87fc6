import ApusCore

/// The up section of a data migration: what is run before the batches, the batches, and the queries
/// that verify them.
struct DataScript: Sendable {
    struct Batched: Sendable {
        var index: Int
        var statement: Statement
        var clause: BatchClause
        var template: BatchStatement
    }

    let script: Script
    let source: MigrationSource
    /// In order; at least one.
    let batched: [Batched]
    let verifications: [(index: Int, statement: Statement)]

    /// `nil` for a script without batches.
    init?(_ script: Script, of source: MigrationSource) {
        guard !script.batches.isEmpty else { return nil }
        var batched: [Batched] = []
        var verifications: [(index: Int, statement: Statement)] = []
        script.forEachStatement(in: source) { index, statement in
            let place = statement.range.lowerBound
            if let clause = script.batches[place],
                let template = BatchStatement(statement, of: source, dialect: script.dialect)
            {
                batched.append(
                    Batched(
                        index: index, statement: statement, clause: clause, template: template))
            } else if script.verifications.contains(place) {
                verifications.append((index, statement))
            }
        }
        // The parser has refused what lacks its places.
        guard !batched.isEmpty else { return nil }
        self.script = script
        self.source = source
        self.batched = batched
        self.verifications = verifications
    }

    /// The batches whose keys can be looked at before anything is run: none, where a statement before
    /// the first may make one what it has to be.
    var keysToCheckEarly: [BatchClause] {
        var mayMakeKey = false
        script.forEachStatement(in: source) { index, statement in
            guard index < batched[0].index else { return }
            let text = source.text(statement.range).uppercased()
            let words = [
                "UNIQUE", "PRIMARY", "NULL", "RENAME", "SCHEMA", "ATTACH", "CREATE", "DO ",
                "SELECT", "CALL",
            ]
            mayMakeKey = mayMakeKey || words.contains { text.contains($0) }
        }
        return mayMakeKey ? [] : batched.map(\.clause)
    }

    func work(
        _ batched: Batched, of migration: MigrationID, run: RunID, _ options: StepOptions,
        _ handlers: [any DataMigration]
    ) throws(DatabaseError) -> BatchWork {
        var work = BatchWork(
            migration: migration, statement: batched.index, meaning: script.meaning,
            clause: batched.clause, template: batched.template, run: run,
            lockTimeout: script.lockTimeout ?? options.lockTimeout,
            statementTimeout: script.statementTimeout ?? options.statementTimeout)
        guard let name = batched.clause.handler else { return work }
        guard let handler = handlers.first(where: { $0.name == name }) else {
            throw DatabaseError(
                .handlerUnknown,
                "\(migration.title) needs the data migration \(name), which is written in Swift and not registered here",
                help: [
                    "leave its batches to the application that has it: apus migrate --background"
                ])
        }
        work.handler = handler
        return work
    }

    /// Runs the queries that must return no rows.
    func verify(in session: any DatabaseSession) async throws(DatabaseError) {
        for (_, query) in verifications {
            let rows = try await session.rows(ofVerification: query, in: source)
            guard rows.count > 0 else { continue }
            let first = rows.first.map { row in
                zip(rows.columns, row).map { "\($0) = \($1 ?? "NULL")" }.joined(separator: ", ")
            }
            throw DatabaseError(
                .verificationFailed,
                rows.count == 1
                    ? "1 row is not as it should be"
                    : "\(rows.count) rows are not as they should be",
                detail: first.joined(separator: "\n"))
        }
    }
}
