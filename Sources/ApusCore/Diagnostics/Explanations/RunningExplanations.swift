/// What can happen while a run goes on.
extension Explanation {
    static let migrationsPending = Explanation(
        "The database is behind, and the time for waiting is over",
        meaning:
            "apus wait was to wait until the database is up to date, or at a version, and no run brought it there within the time.",
        reason: "Whoever waits starts only against a database that it can work with.",
        steps: [
            "see what is pending: apus status", "apply it: apus migrate",
            "where a job does that, wait longer: apus wait --timeout 10min",
        ])

    static let statementFailed = Explanation(
        "A statement of a migration failed",
        meaning:
            "The database refused a statement; the message is its own, and the place points into the file.",
        reason:
            "The whole migration was rolled back: the database is as it was before it. Migrations before it stay applied.",
        steps: [
            "mend the file and go on: apus migrate",
            "a rollback that failed: mend the file's down section, then apus rollback VERSION --down file",
        ])

    static let commitFailed = Explanation(
        "A migration could not be committed",
        meaning:
            "All statements ran, and the commit was refused, mostly by a constraint that is checked only then.",
        reason: "The database rolled the migration back and is as it was before it.",
        steps: ["mend the data or the migration, then: apus migrate"])

    static let commitUnknown = Explanation(
        "Whether a commit arrived is not known",
        meaning:
            "The connection broke exactly while the answer to COMMIT was on its way, and could not be had again to ask.",
        reason:
            "Apus does not guess. The migration and its row in the history are one transaction: the history tells the truth.",
        steps: ["ask, once the server answers: apus status", "go on: apus migrate"])

    static let partialState = Explanation(
        "A migration without a transaction stopped midway",
        meaning:
            "The statements before the failing one are done and stay done, as the file asked for with no-transaction.",
        reason: "Without a transaction there is nothing to roll back. How far it came is recorded.",
        steps: [
            "remove the cause and go on at the statement that failed: apus migrate",
            "or take back what was done, by the down section: apus rollback VERSION",
            "or finish it, or take it back, by hand, and say so: apus repair mark-applied ID, apus repair mark-reverted ID",
        ])

    static let invalidIndex = Explanation(
        "An index came out invalid",
        meaning:
            "CREATE INDEX CONCURRENTLY ended without a usable index, mostly because rows violate a unique index.",
        reason:
            "An invalid index costs at every write and serves no query; it must not count as success.",
        steps: [
            "correct the rows, then: apus migrate, which drops the leftover and builds again"
        ])

    static let interrupted = Explanation(
        "The run was stopped",
        meaning: "Somebody pressed Ctrl-C, or the process was asked to end.",
        reason:
            "The statement that was running was cancelled and its migration rolled back. What was applied before stays.",
        steps: ["see where the database stands: apus status", "go on: apus migrate"])

    static let internalError = Explanation(
        "Apus itself is at fault",
        meaning: "Something happened that the program takes to be impossible.",
        reason: "To go on from an unknown state could do damage.",
        steps: [
            "see where the database stands: apus status",
            "report the message with the version: apus --version",
        ])
}
