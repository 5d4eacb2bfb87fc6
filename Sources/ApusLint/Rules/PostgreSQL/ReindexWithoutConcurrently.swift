import ApusCore

extension Rule {
    static let reindexWithoutConcurrently = Rule(
        "reindex-without-concurrently", .postgres, level: .error,
        summary: "REINDEX stops writes, and reads that want the index, until it is built anew",
        page: Page(
            why: """
                `REINDEX` takes SHARE on the table, which stops writes, and ACCESS EXCLUSIVE on the index: a query that would use \
                the index, even one that is only planned, waits as well.
                """,
            instead: """
                `REINDEX … CONCURRENTLY` builds a new index beside the old one and changes over. It cannot run inside a \
                transaction: give it a migration of its own with `-- apus: no-transaction`.
                """,
            references: [
                "https://www.postgresql.org/docs/current/sql-reindex.html#SQL-REINDEX-CONCURRENTLY"
            ]),
        examples: [
            .fixable(
                "the indexes of a table in use",
                earlier: "CREATE TABLE guests (id bigint PRIMARY KEY);", "REINDEX TABLE guests;",
                down: "SELECT 1;"),
            .fixable(
                "one index, beside another change", line: 2,
                earlier: "CREATE TABLE guests (id bigint PRIMARY KEY);",
                others: ["drop-column-loses-data"],
                """
                ALTER TABLE guests ADD COLUMN phone text;
                REINDEX INDEX guests_pkey;
                """,
                down: "ALTER TABLE guests DROP COLUMN phone;"),
            .good(
                "concurrently, outside of a transaction",
                earlier: "CREATE TABLE guests (id bigint PRIMARY KEY);", outsideTransaction: true,
                "REINDEX TABLE CONCURRENTLY guests;"),
        ],
        fix: Remedy(
            "Writes `CONCURRENTLY`: in the same file, where that does nothing else, or in a migration of its own behind it."
        ) { (subject, _) throws(FixRefusal) in
            guard let reindex = subject.tree, let relation = reindex["relation"]?.relationName
            else {
                throw FixRefusal("it names no table and no index")
            }
            if reindex.list("params").contains(where: { $0.text("defname") == "concurrently" }) {
                throw FixRefusal("it says itself that it is not concurrent")
            }
            let isOfTable = reindex.has("kind", "REINDEX_OBJECT_TABLE")
            var fix = Fix(
                part: subject.part,
                change: .outside([
                    try subject.text(with: "CONCURRENTLY", behind: isOfTable ? "TABLE" : "INDEX")
                ]))
            fix.undo = ["SELECT 'built anew, and nothing to undo'"]
            fix.stake = Stake(
                table: isOfTable
                    ? relation : subject.before.indexes[relation]?.table ?? relation,
                names: isOfTable ? [] : [relation.name])
            return fix
        },
        check: .statement { subject in
            guard let reindex = subject.tree, reindex.is("ReindexStmt"),
                !reindex.list("params").contains(where: {
                    $0.text("defname") == "concurrently" && $0.isSwitchedOn
                })
            else { return [] }
            let relation = reindex["relation"]?.relationName
            let isOfTable = reindex.has("kind", "REINDEX_OBJECT_TABLE")
            let table =
                isOfTable ? relation : relation.flatMap { subject.before.indexes[$0]?.table }
            if let table, subject.isNew(table) { return [] }
            let what = relation ?? reindex.text("name").map { ObjectName($0) }
            let violation = subject.violation(
                "writes wait while \(what.map { "what belongs to \($0)" } ?? "everything") is indexed anew, and reads that want the index",
                help: [
                    "REINDEX … CONCURRENTLY, in a migration of its own with `-- apus: no-transaction`"
                ])
            return [table.map { violation.growing(with: $0) } ?? violation]
        })
}

extension SyntaxNode {
    /// Whether an option (a `DefElem`) is on: without a value it is.
    var isSwitchedOn: Bool {
        guard let argument = self["arg"] else { return true }
        if argument.is("Integer") { return argument.number("ival") != 0 }
        if argument.is("Boolean") { return argument.flag("boolval") }
        return !["false", "off", "0"].contains(argument.text("sval")?.lowercased() ?? "true")
    }
}
