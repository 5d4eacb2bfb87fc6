import ApusCore

extension Rule {
    static let rowsChangedUnderLock = Rule(
        "rows-changed-under-lock", .postgres, level: .warning,
        summary: "Rows are changed while their table is still locked by the same transaction",
        page: Page(
            why: """
                A lock is kept until its transaction ends. Behind a statement that took ACCESS EXCLUSIVE, such as the one that added a \
                column, nobody reads or writes the table until the last row is changed, however long that takes.

                A statement that changes all rows has its finding already: `rows-changed-all-at-once`.
                """,
            instead: """
                Change the rows in a migration of its own behind this one, better in batches: `-- apus: batch` above the statement.
                """,
            references: [
                "https://www.postgresql.org/docs/current/explicit-locking.html#LOCKING-TABLES"
            ]),
        examples: [
            .bad(
                "a column is filled behind the statement that added it", line: 2,
                earlier: "CREATE TABLE guests (id bigint);",
                """
                ALTER TABLE guests ADD COLUMN nights integer;
                UPDATE guests SET nights = 1 WHERE nights IS NULL;
                """),
            .bad(
                "rows are copied into a table that is locked", line: 2,
                earlier: "CREATE TABLE guests (id bigint); CREATE TABLE arrivals (id bigint);",
                """
                ALTER TABLE guests ADD COLUMN nights integer;
                INSERT INTO guests (id, nights) SELECT id, 1 FROM arrivals;
                """),
            .good(
                "in a transaction of its own",
                earlier:
                    "CREATE TABLE guests (id bigint); ALTER TABLE guests ADD COLUMN nights integer;",
                "UPDATE guests SET nights = 1 WHERE nights IS NULL;"),
            .good(
                "a table that nobody uses yet",
                """
                CREATE TABLE guests (id bigint);
                ALTER TABLE guests ADD COLUMN nights integer;
                UPDATE guests SET nights = 1 WHERE nights IS NULL;
                """),
            .good(
                "a few rows that stand in the statement",
                earlier: "CREATE TABLE guests (id bigint);",
                """
                ALTER TABLE guests ADD COLUMN nights integer;
                INSERT INTO guests (id, nights) VALUES (1, 1), (2, 1);
                """),
        ],
        check: .migration { subject in
            // Without rows there is nothing to look for.
            guard subject.has(where: { $0.tree == nil }) else { return [] }
            return subject.violationsUnderLock { place in
                guard !place.held.strongest.isEmpty, let tree = subject.rowsTree(place.statement)
                else { return [] }
                return QueryRelations(tree).targets.compactMap { target in
                    guard target.changesManyRows, let table = target["relation"]?.relationName,
                        let held = place.held.strongest[table], !place.isNew(table)
                    else { return nil }
                    return subject.violation(
                        "\(held.waiting(for: table)) while this changes its rows: line \(held.line) took \(held.mode.name), which is kept until the transaction ends",
                        place.direction, place.statement,
                        help: ["change them in a migration of its own, behind this one, in batches"]
                    ).growing(with: table)
                }
            }
        })
}

extension MigrationSubject {
    /// The tree of a statement that may change many rows. It is parsed again: such trees are not kept.
    fileprivate func rowsTree(_ statement: SectionStatement) -> SyntaxNode? {
        guard statement.tree == nil, mayChangeMany(statement.statement.range),
            case .tree(let tree) = PostgresGrammar.parse(
                migration.source.bytes(statement.statement.range))
        else { return nil }
        return tree.statement
    }

    /// An INSERT of rows that stand in it is passed over by its words: there may be many of them.
    private func mayChangeMany(_ range: Range<Int>) -> Bool {
        migration.source.withSpan { bytes in
            var lexer = Lexer(dialect: .postgres, from: range.lowerBound, to: range.upperBound)
            guard let first = lexer.nextSignificant(in: bytes) else { return false }
            guard first.isWord("INSERT", in: bytes) else {
                return first.isWord("UPDATE", in: bytes) || first.isWord("DELETE", in: bytes)
                    || first.isWord("MERGE", in: bytes) || first.isWord("WITH", in: bytes)
            }
            while let token = lexer.nextSignificant(in: bytes) {
                if token.isWord("SELECT", in: bytes) || token.isWord("TABLE", in: bytes) {
                    return true
                }
            }
            return false
        }
    }
}

extension SyntaxNode {
    /// Not where the rows stand in the statement, and not where all of the table's are meant.
    fileprivate var changesManyRows: Bool {
        switch kind {
        case "InsertStmt": self["selectStmt"].map { $0.list("valuesLists").isEmpty } ?? false
        case "UpdateStmt", "DeleteStmt": self["whereClause"] != nil
        default: true
        }
    }
}
