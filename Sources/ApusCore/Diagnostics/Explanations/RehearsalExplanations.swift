/// What a rehearsal finds, and what keeps one from being held.
extension Explanation {
    static let testFileInvalid = Explanation(
        "A test file cannot be read",
        meaning:
            "A file in the folder of tests has another name than VERSION_NAME.sql, SQL that cannot be split, or sections that are not what a test is made of.",
        reason: "A test that is passed over would say that everything is well.",
        steps: [
            "name it after the version that it tests: tests/1.2.0_guests_keep_their_rooms.sql",
            "begin each section with a line of its own: -- Fixture, or -- Assert NAME",
            "write one query below each assertion, and end every statement with a semicolon",
            "then rehearse again: apus test",
        ])

    static let rehearsalNeeded = Explanation(
        "The plan has to be rehearsed first",
        meaning:
            "require_rehearsal says that only plans which passed a rehearsal may be run here, and there is none of exactly these steps from this version, or it began with a backup that is older than rehearsal_max_age.",
        reason:
            "What goes wrong with the data of last week is found in a copy of them, not in production.",
        steps: [
            "take a backup and rehearse with it: apus backup, then apus test --from latest",
            "see what the gate says without running anything: apus plan",
            "in an emergency, run without: APUS_REQUIRE_REHEARSAL=false apus migrate",
        ])

    static let schemaNotRepeated = Explanation(
        "A migration leaves another schema when it is applied again",
        meaning:
            "In a rehearsal the migration was applied, undone and applied again, and the schema was not the same the second time.",
        reason:
            "Whoever rolls back and migrates again would have a database that no other has.",
        steps: [
            "let the down section take back everything that the up section makes",
            "rehearse again: apus test",
        ])

    static let dataNotKept = Explanation(
        "Undoing a migration does not give back all data",
        meaning:
            "In a rehearsal the migration was applied and undone, and rows or values that were there before were missing or different afterwards; they are listed by table and column.",
        reason:
            "A rollback in production would lose the same. It is a warning, because the loss may be meant.",
        steps: [
            "keep what is removed, such as in a table or column of its own, and let the down section bring it back",
            "or declare that there is no way back: -- apus: irreversible REASON",
        ])

    static let assertionFailed = Explanation(
        "An assertion of yours does not hold",
        meaning:
            "A query in the folder of tests returned rows once its version was applied in a rehearsal. The first of them are shown.",
        reason: "The query says what must never be so, and it is so.",
        steps: [
            "look at the rows, and mend the migration or the assertion",
            "rehearse again: apus test",
        ])

    static let brokenSilently = Explanation(
        "A migration broke something without failing",
        meaning:
            "In a rehearsal SQLite accepted every statement, and afterwards an index or trigger is gone with the table that it was on, a view or trigger names what is no longer there, an AUTOINCREMENT mark went back, or rows refer to rows that are missing. A run says the same when it is over.",
        reason:
            "DROP TABLE takes indexes and triggers along, and SQLite looks at views, triggers and, unless foreign_keys is set, foreign keys only when they are used.",
        steps: [
            "make again what is lost, in the same migration, or mend what is broken",
            "let a right rebuild be written: apus sqlite rebuild TABLE VERSION",
            "to have violations of foreign keys refused: foreign_keys: true in apus.yaml",
            "rehearse again: apus test",
        ])

    static let budgetExceeded = Explanation(
        "A step took longer than it may",
        meaning:
            "In a rehearsal a step ran, or held a lock, for longer than test: max_duration or max_lock in apus.yaml allows.",
        reason: "What is slow with a copy of the data is slow in production, while people wait.",
        steps: [
            "split the migration, build indexes concurrently, or move data in batches",
            "or raise the budget in apus.yaml: test: max_duration",
            "rehearse again: apus test",
        ])

    static let privateServerFailed = Explanation(
        "A private PostgreSQL server could not be started",
        meaning:
            "initdb or postgres, which lie on this machine, failed; what they said is shown.",
        reason:
            "Without a server of its own, and without the right to make a database on yours, there is no place to rehearse in.",
        steps: [
            "look at the message: room in the folder for temporary files, a locale that is missing",
            "or let the role make databases: ALTER ROLE … CREATEDB",
        ])
}
