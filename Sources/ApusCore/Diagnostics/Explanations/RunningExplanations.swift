/// What can happen while a run goes on, and around its backup.
extension Explanation {
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

    static let backupFailed = Explanation(
        "The backup failed",
        meaning: "A copy of the database could not be written.",
        reason:
            "Without a backup there is no way back from a migration that does the wrong thing, so nothing was run.",
        steps: [
            "look at the message: space on the disk, rights on the backup folder, rights in the database",
            "take one by hand to see it work: apus backup",
            "or go on without, where that is acceptable: apus migrate --no-backup",
        ])

    static let backupDamaged = Explanation(
        "A backup is not readable or not the file that was written",
        meaning: "Reading it back in full failed, or size or SHA-256 differ from its manifest.",
        reason: "It cannot be relied on for a restore.",
        steps: ["take another: apus backup", "see which are good: apus backup list"])

    static let backupToolMissing = Explanation(
        "The program that takes the backup is missing or too old",
        meaning: "pg_dump and pg_restore are needed, at least as new as the server.",
        reason: "An older pg_dump refuses a newer server, and no backup means no run.",
        steps: [
            "install the client programs of the server's version, for instance: apt-get install postgresql-client",
            "or go on without, where that is acceptable: apus migrate --no-backup",
        ])

    static let internalError = Explanation(
        "Apus itself is at fault",
        meaning: "Something happened that the program takes to be impossible.",
        reason: "To go on from an unknown state could do damage.",
        steps: [
            "see where the database stands: apus status",
            "report the message with the version: apus --version",
        ])
}
