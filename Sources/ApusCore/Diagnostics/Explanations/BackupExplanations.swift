/// What can happen around backups, and bringing one back.
extension Explanation {
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
        "The program that takes or reads the backup is missing or too old",
        meaning:
            "pg_dump and pg_restore are needed, at least as new as the server, and pg_restore as the pg_dump that wrote the backup.",
        reason:
            "An older pg_dump refuses a newer server, and no backup means no run. An older pg_restore cannot read what a newer pg_dump wrote.",
        steps: [
            "install the client programs of the server's version, for instance: apt-get install postgresql-client",
            "or go on without, where that is acceptable: apus migrate --no-backup",
        ])

    static let backupSpace = Explanation(
        "The disk has no room for the backup, or for what is restored from it",
        meaning:
            "As far as the last backup and the database's size tell, a new one would not fit, or the disk ran nearly full while it was written. Of a restore: the new database would not fit beside the old one.",
        reason:
            "A backup that fills the disk can stop the database, which may lie on the same one.",
        steps: [
            "remove old backups, the newest good ones stay: apus backup prune --keep 3",
            "put them on another disk: backups: FOLDER in apus.yaml, or APUS_BACKUPS",
            "restore onto another disk: apus restore BACKUP --into PATH",
        ])

    static let backupFormat = Explanation(
        "This is no backup that can be restored safely",
        meaning:
            "The file is no archive of pg_dump in its custom or directory format, and no SQLite database; or a command of your own took the backup.",
        reason:
            "A plain script is a program: whoever could write into the dumped database, or into the file, decides what runs on this machine and in the new database.",
        steps: [
            "use a backup that Apus took: apus backup list",
            "one that backup_command took is restored by the tool that took it",
        ])

    static let backupOfAnother = Explanation(
        "The backup was taken of another database",
        meaning:
            "The manifest names another database than the live one. Beside the live one it may be restored, with a warning; it does not take the live one's place unless you say that this is meant.",
        reason:
            "Several databases may share a folder of backups, and the wrong line of a list would put one application's data in the place of another's.",
        steps: [
            "see which backup is whose: apus backup list",
            "restore it beside the live database, and look: apus restore BACKUP --into NAME",
            "where it is meant, such as production's backup in staging: apus restore BACKUP --swap --from-another",
            "where it was restored before: apus restore --swap --into NAME --from-another",
        ])

    static let restoreFailed = Explanation(
        "The backup could not be restored",
        meaning:
            "Making the new database, or filling it, failed; the message is the database's own, or pg_restore's.",
        reason:
            "It stopped at the first error. The half-made database was removed; the live one was never touched.",
        steps: [
            "look at the message: rights to create databases, missing roles or extensions, space",
            "where roles of the backup are missing: apus restore BACKUP --no-owner",
            "then again: apus restore BACKUP",
        ])

    static let restoreOccupied = Explanation(
        "There is something already where the backup would go",
        meaning: "A restore makes a new database, and one of that name holds tables already.",
        reason: "Restoring into it would mix two databases, or overwrite one.",
        steps: [
            "give the new one another name: apus restore BACKUP --into NAME",
            "or drop what is there, if nobody needs it",
        ])

    static let restoreDiffers = Explanation(
        "What was restored is not what the manifest says",
        meaning:
            "Row counts or the schema of the restored database differ from those of the backup.",
        reason:
            "Everything was loaded without an error, and yet something is missing or other: a person has to look. The new database is kept for that, and was not swapped in.",
        steps: [
            "compare what the message names",
            "another server version may write the same schema differently: then swap all the same, apus restore --swap --into NAME",
            "or take an older backup: apus backup list",
        ])

    static let databaseInUse = Explanation(
        "Others are connected to the database",
        meaning:
            "Two databases can only exchange their names while nobody is connected to either.",
        reason:
            "Whoever is connected would go on writing into the database that is put aside, and what they write would be lost.",
        steps: [
            "stop the application and its workers, then try again",
            "PostgreSQL: end what is left: apus restore --swap --end-connections",
        ])
}
