import ApusCore

extension Rule {
    static let enumValueUsedInSameTransaction = Rule(
        "enum-value-used-in-same-transaction", .postgres, level: .error,
        summary: "A value is added to an enum and used before it is committed",
        page: Page(
            why: """
                PostgreSQL refuses to use a value that `ALTER TYPE … ADD VALUE` added in the same transaction (SQLSTATE 55P04): a row \
                could hold a value that a rollback takes away. Apus runs a section in one transaction, so that the migration \
                fails. Only a type that the same transaction created may be used at once.
                """,
            instead: """
                Add the value in one migration and use it in the next. Or put `-- apus: no-transaction` below the section's marker: then \
                each statement is committed by itself.
                """,
            references: ["https://www.postgresql.org/docs/current/sql-altertype.html"]),
        examples: [
            .bad(
                "a row with the new value", line: 2,
                earlier: """
                    CREATE TYPE guest_status AS ENUM ('booked');
                    CREATE TABLE guests (id bigint, status guest_status);
                    """,
                refusal: "55P04",
                """
                ALTER TYPE guest_status ADD VALUE 'cancelled';
                INSERT INTO guests VALUES (1, 'cancelled');
                """),
            .bad(
                "a default of the new value", line: 2,
                earlier: """
                    CREATE TYPE guest_status AS ENUM ('booked');
                    CREATE TABLE guests (id bigint, status guest_status);
                    """,
                refusal: "55P04",
                """
                ALTER TYPE guest_status ADD VALUE IF NOT EXISTS 'cancelled';
                ALTER TABLE guests ALTER COLUMN status SET DEFAULT 'cancelled';
                """),
            .good(
                "used by a later migration",
                earlier: """
                    CREATE TYPE guest_status AS ENUM ('booked');
                    CREATE TABLE guests (id bigint, status guest_status);
                    ALTER TYPE guest_status ADD VALUE 'cancelled';
                    """,
                "INSERT INTO guests VALUES (1, 'cancelled');"),
            .good(
                "of a type that the same migration made",
                """
                CREATE TYPE guest_status AS ENUM ('booked');
                CREATE TABLE guests (id bigint, status guest_status);
                INSERT INTO guests VALUES (1, 'booked');
                """),
        ],
        check: .statement { subject in
            guard subject.isInTransaction, let tree = subject.tree, !tree.is("AlterEnumStmt") else {
                return []
            }
            let added = subject.before.enums.flatMap { type, known in
                known.birth.map(subject.isInSection) == true
                    ? []
                    : known.added.filter { subject.isInSection($0.value) }
                        .map { (value: $0.key, type: type) }
            }
            guard !added.isEmpty else { return [] }
            for constant in tree.all("A_Const") {
                guard let text = constant["sval"]?.text("sval"),
                    let match = added.first(where: { $0.value == text })
                else { continue }
                return [
                    subject.violation(
                        "'\(text)' was added to \(match.type) in this transaction and cannot be used before it is committed",
                        at: constant,
                        help: [
                            "use it in the next migration, or put `-- apus: no-transaction` below the section's marker"
                        ])
                ]
            }
            return []
        })
}
