/// What stands inside the files: SQL, and the YAML of catalogue and configuration.
extension Explanation {
    static let nulByte = Explanation(
        "A file holds a NUL byte",
        meaning:
            "There is a byte 0 in the file, mostly because it was saved as UTF-16 or damaged on the way.",
        reason: "The databases end a statement at such a byte, so that half of one would run.",
        steps: ["save the file as UTF-8: iconv -f UTF-16 -t UTF-8 FILE"])

    static let invalidUTF8 = Explanation(
        "A file is not UTF-8",
        meaning:
            "The bytes at the place that is named are no UTF-8 text; often it is Latin-1 or Windows-1252.",
        reason: "The text would reach the database as other characters than were written.",
        steps: ["convert the file: iconv -f WINDOWS-1252 -t UTF-8 FILE"])

    static let unterminatedToken = Explanation(
        "A string, quoted name or comment is not closed",
        meaning:
            "The file ends inside a quoted text, a dollar-quoted body or a comment that began at the place that is named.",
        reason: "Where the statements end can no longer be told, so none of them is run.",
        steps: ["close it; inside '…' a quote is written twice"])

    static let psqlCommand = Explanation(
        "A command to psql or sqlite3 instead of SQL",
        meaning:
            "Lines that begin with a backslash (psql) or a dot (sqlite3) are commands to those programs. The database itself does not know them.",
        reason: "Left out, the script would mean something else.",
        steps: [
            "write in SQL what the command did: COPY … FROM STDIN for \\copy, the value itself for \\set, the file's statements for \\i"
        ])

    static let transactionControl = Explanation(
        "A migration opens or ends a transaction itself",
        meaning:
            "Apus runs each migration in one transaction, together with its row in the history. A COMMIT or ROLLBACK inside ends that transaction early.",
        reason:
            "What comes before it would be committed without being recorded, and a later failure could not be undone.",
        steps: [
            "take the statement out; one BEGIN … COMMIT pair around the whole section is accepted",
            "split the migration, if it needs two transactions: apus create-migration VERSION NAME",
            "or run it without one, statement by statement: -- apus: no-transaction",
        ])

    static let notInTransaction = Explanation(
        "A statement that cannot run inside a transaction",
        meaning:
            "The database refuses this statement inside a transaction: CREATE INDEX CONCURRENTLY, VACUUM, CREATE DATABASE, ALTER SYSTEM and others.",
        reason: "It would fail while the migration runs, with the locks already taken.",
        steps: [
            "put the line `-- apus: no-transaction` below the section's marker",
            "best in a migration of its own: without a transaction, what is done stays done",
        ])

    static let futureTimestamp = Explanation(
        "A migration carries a timestamp in the future",
        meaning: "The date and time in the file's name have not come yet. Timestamps are UTC.",
        reason:
            "This is a notice: nothing stops. Migrations of the same version that are created before that time will sort before this one, and be late once it is applied.",
        steps: ["let the name be made: apus create-migration VERSION NAME"])

    static let enumValueUncommitted = Explanation(
        "A value of an enum is used in the transaction that adds it",
        meaning:
            "The section has ALTER TYPE … ADD VALUE, and behind it a text that reads like the new value. PostgreSQL accepts the value and refuses its use until the transaction is committed (SQLSTATE 55P04).",
        reason:
            "This is a warning, because the text may mean something else. If it is the value, the migration fails, is rolled back, and leaves the database as it was.",
        steps: [
            "add the value in one migration and use it in the next",
            "or put the line `-- apus: no-transaction` below the section's marker",
        ])

    static let catalogueInvalid = Explanation(
        "The catalogue is wrong",
        meaning:
            "versions.yaml is not YAML, has a key that does not exist, a value of the wrong kind, or statements that contradict each other or a migration.",
        reason:
            "Compatibility and upgrade paths are judged by it; a misread catalogue would allow what it forbids.",
        steps: [
            "correct the line that is named; put versions with quotes if they look like numbers",
            "check it again without a database: apus version changelog",
        ])

    static let configurationInvalid = Explanation(
        "The configuration is wrong",
        meaning:
            "apus.yaml is not YAML, has a setting that does not exist or a value that cannot be, or no database is configured at all.",
        reason: "A setting that is passed over could lead to the wrong database.",
        steps: [
            "correct the line that is named",
            "say which database: DATABASE_URL, `database_url:` in apus.yaml, or --database-url",
            "flags go before the environment, that before .env, that before apus.yaml",
        ])

    static let fileExists = Explanation(
        "A file is there already",
        meaning:
            "A command would have to write a file that exists, or to start a folder that has migrations already.",
        reason: "Apus never overwrites a file that people write.",
        steps: ["move the file away first, if it is really to be replaced"])

    static let releasesLock = Explanation(
        "A statement would release the migration lock",
        meaning:
            "DISCARD ALL and pg_advisory_unlock_all() let go of every advisory lock of the session. One of them is the lock that keeps two runs apart.",
        reason: "Another run could begin in the middle of this one.",
        steps: [
            "take the statement out: Apus cleans the session behind each migration",
            "release a lock of your own by its key: SELECT pg_advisory_unlock(KEY)",
        ])
}
