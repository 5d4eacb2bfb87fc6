import ApusCore

extension Rule {
    static let notExamined = Rule(
        "not-examined", .postgres, level: .notice,
        summary: "A statement could not be parsed, so that no rule has seen it",
        page: Page(
            why: """
                Apus reads statements with PostgreSQL's own grammar, of one version. A statement that is newer than that \
                grammar, or wrong, has no parse tree, and no rule can say anything about it. That is no verdict: the \
                statement may be harmless or not.

                For SQLite there is no grammar here. Rules look at the words that they know, and only a word that begins no \
                statement of SQLite is told.
                """,
            instead: """
                Look at the statement yourself: which lock does it take, how long, does it rewrite the table? Then say so in \
                an allowance above it. If it is a mistake, mend it: the server will refuse it as well.
                """,
            references: ["https://www.postgresql.org/docs/current/explicit-locking.html"]),
        examples: [
            .bad(
                "a statement that no version of PostgreSQL takes", refusal: "42601",
                "CREATE TABEL guests (id bigint);"),
            .good(
                "the statement without the mistake", "CREATE TABLE guests (id bigint);"),
        ],
        check: .linter)
}
