/// Builds the script of one section, and says which of its statements cannot be run that way.
struct ScriptAssembly {
    /// What directives declare for one section.
    struct Directives {
        var transaction: Script.Transaction?
        var lockTimeout: Duration?
        var statementTimeout: Duration?
        /// By the byte that their statements begin at.
        var batches: [Int: BatchClause] = [:]
        var verifications: Set<Int> = []
    }

    let section: SectionScan.Section
    let directives: Directives
    let source: MigrationSource
    let dialect: DatabaseEngine

    private var transaction: Script.Transaction {
        // Each batch is a transaction of its own.
        directives.batches.isEmpty ? directives.transaction ?? .wrapped : .none
    }

    var script: Script {
        var script = Script(
            dialect: dialect, section: section.body, line: section.line,
            statementCount: statementCount, transaction: transaction, isUnwrapped: isUnwrapped,
            lockTimeout: directives.lockTimeout, statementTimeout: directives.statementTimeout,
            hasCopyData: section.hasCopyData, addsEnumValue: section.addsEnumValue,
            batches: directives.batches, verifications: directives.verifications,
            meaning: section.meaning.finish())
        script.meaning = meaning(of: script)
        return script
    }

    /// With what the directives say of batches: other rows would be changed by another table or key.
    private func meaning(of script: Script) -> Checksum {
        guard !directives.batches.isEmpty || !directives.verifications.isEmpty else {
            return script.meaning
        }
        var meaning = section.meaning
        script.forEachStatement(in: source) { index, statement in
            let place = statement.range.lowerBound
            if let clause = directives.batches[place] {
                meaning.add(clause, ofStatement: index)
            } else if directives.verifications.contains(place) {
                meaning.addVerification(index)
            }
        }
        return meaning.finish()
    }

    /// How many statements are sent: a pair of BEGIN and COMMIT that is left out does not count.
    var statementCount: Int { section.statementCount - (isUnwrapped ? 2 : 0) }

    var problems: [Diagnostic] {
        var problems: [Diagnostic] = []
        if !isUnwrapped, let first = section.transactionControl.first {
            problems.append(transactionControl(first))
        }
        if transaction == .wrapped {
            problems += section.outside.map { statement in
                problem(
                    .notInTransaction,
                    "\(name(statement)) cannot run inside a transaction", statement,
                    help: "add the line `-- apus: no-transaction` below the section's marker")
            }
        }
        problems += section.lockReleases.map { statement in
            let name =
                words(statement, limit: 1) == ["DISCARD"]
                ? "DISCARD ALL" : "pg_advisory_unlock_all()"
            return problem(
                .releasesLock,
                "\(name) releases the lock that keeps two runs apart", statement,
                help:
                    "take it out: Apus cleans the session behind each migration; a lock of your own is released by pg_advisory_unlock(KEY)"
            )
        }
        return problems + batchProblems
    }

    /// What is wrong with batched statements and what stands around them.
    private var batchProblems: [Diagnostic] {
        guard !directives.batches.isEmpty || !directives.verifications.isEmpty else { return [] }
        var problems: [Diagnostic] = []
        var isBehindBatch = false
        script.forEachStatement(in: source) { _, statement in
            let place = statement.range.lowerBound
            if let clause = directives.batches[place] {
                isBehindBatch = true
                problems += self.problems(of: statement, clause)
            } else if directives.verifications.contains(place) {
                guard isBehindBatch else {
                    problems.append(
                        problem(
                            .batchInvalid, "there is no batch that this query could verify",
                            statement, help: "put it behind the batched statement"))
                    return
                }
                if !isQuery(statement) {
                    problems.append(
                        problem(
                            .batchInvalid, "what verifies a data migration is a query", statement,
                            help:
                                "write a SELECT that returns the rows that are not as they should be"
                        ))
                }
            } else if isBehindBatch {
                problems.append(
                    problem(
                        .batchInvalid,
                        "a statement behind a batched one: nobody knows when the last batch is done",
                        statement,
                        help:
                            "put it into a migration of its own, with -- apus: requires-complete, or say -- apus: verify above it"
                    ))
            }
        }
        return problems
    }

    private func problems(of statement: Statement, _ clause: BatchClause) -> [Diagnostic] {
        var problems: [Diagnostic] = []
        if BatchStatement(statement, of: source, dialect: dialect) == nil {
            let key = clause.key.joined(separator: ", ")
            let help =
                clause.key.count == 1
                ? "limit it by the key: WHERE \(key) BETWEEN :start AND :end"
                : "limit it by the key: WHERE (\(key)) BETWEEN (:start) AND (:end)"
            problems.append(
                problem(
                    .batchInvalid,
                    "a batched statement says with :start and :end which rows it is for", statement,
                    help: help))
        }
        if statement.kind != .plain {
            problems.append(
                problem(
                    .batchInvalid, "\(name(statement)) cannot be run in batches", statement,
                    help: "take the `batch` above it out"))
        }
        if clause.handler != nil, !isQuery(statement) {
            problems.append(
                problem(
                    .batchInvalid, "what a handler is given are the rows of a query", statement,
                    help: "write a SELECT of what the handler needs"))
        }
        return problems
    }

    private func isQuery(_ statement: Statement) -> Bool {
        ["SELECT", "WITH", "VALUES", "TABLE"].contains(words(statement, limit: 1).first)
    }

    private func transactionControl(_ statement: Statement) -> Diagnostic {
        switch transaction {
        case .wrapped:
            problem(
                .transactionControl,
                "transaction control inside a migration: \(name(statement)) would end or split the transaction that Apus opens",
                statement,
                help: "take it out; one BEGIN … COMMIT pair around the whole section is accepted")
        case .none:
            problem(
                .transactionControl,
                "transaction control in a section without a transaction: \(name(statement)) would get in the way of recording each statement",
                statement, help: "take it out, or `-- apus: no-transaction`")
        }
    }

    /// Whether one BEGIN … COMMIT pair stands around everything and is left out.
    private var isUnwrapped: Bool {
        let control = section.transactionControl
        guard transaction == .wrapped, control.count == 2, control[0].kind == .begin,
            control[1].kind == .commit, control[0] == section.firstStatement,
            control[1] == section.lastStatement
        else { return false }
        // BEGIN ISOLATION LEVEL … asks for something that leaving it out would lose.
        let plain: Set = [
            "BEGIN", "START", "TRANSACTION", "WORK", "DEFERRED", "IMMEDIATE", "EXCLUSIVE",
        ]
        return words(control[0], limit: 4).allSatisfy(plain.contains)
    }

    private func words(_ statement: Statement, limit: Int) -> [String] {
        source.leadingWords(of: statement, dialect, limit: limit)
    }

    /// The statement by its first words, as the manuals call it: `DROP INDEX CONCURRENTLY`.
    private func name(_ statement: Statement) -> String {
        let known: Set = [
            "ADD", "ALL", "ALTER", "COMMIT", "CONCURRENTLY", "CREATE", "DATABASE", "DETACH", "DROP",
            "INDEX", "PARTITION", "PREPARE", "PREPARED", "PUBLICATION", "REINDEX", "ROLLBACK",
            "SCHEMA", "START", "SUBSCRIPTION", "SYSTEM", "TABLE", "TABLESPACE", "TRANSACTION",
            "TYPE",
            "UNIQUE", "VALUE",
        ]
        let words = words(statement, limit: 4)
        let follows = words.dropFirst().prefix {
            known.contains($0) || words.first == "PRAGMA"
        }
        return (words.prefix(1) + follows).joined(separator: " ")
    }

    private func problem(
        _ code: DiagnosticCode, _ message: String, _ statement: Statement, help: String
    ) -> Diagnostic {
        source.diagnostic(
            code, message, at: statement.range.lowerBound, length: statement.range.count,
            help: [help])
    }
}
