/// The folder and its `migrations.lock` disagree.
extension Explanation {
    private static let reviewed =
        "The lock says which files somebody has reviewed. What it does not vouch for is not run, applied before or not."

    static let lockedFileChanged = Explanation(
        "A file is not the one that was locked",
        meaning:
            "migrations.lock was written for other bytes than the file has now: the file was edited, or a line of the lock was. Line endings and a byte order mark do not count.",
        reason: reviewed,
        steps: [
            "see what was changed, for instance with git diff, and put the file back as it was",
            "or accept the change after a look at it: apus lock",
        ])

    static let lockedFileMissing = Explanation(
        "A locked file is gone",
        meaning: "migrations.lock names a migration that the folder does not have.",
        reason: reviewed,
        steps: [
            "put the file back, for instance from version control",
            "or accept that it is gone: apus lock",
        ])

    static let fileNotLocked = Explanation(
        "A file is not in the lock",
        meaning:
            "The folder has a migration that migrations.lock does not name: a new one, or one that was slipped in.",
        reason: reviewed,
        steps: ["read the file, then: apus lock", "commit the lock together with the file"])

    static let lockedOrderChanged = Explanation(
        "The lock lists files in another order",
        meaning: "Lines of migrations.lock have changed places, mostly in a merge by hand.",
        reason: "The order is the order of running: it belongs to what was reviewed.",
        steps: ["look at the files that are named, then write the lock anew: apus lock"])

    static let lockFileInvalid = Explanation(
        "The lock file cannot be read",
        meaning:
            "migrations.lock holds the marks of a merge conflict, was cut off, has a line that is none of its own, or another format.",
        reason: "A lock that cannot be read vouches for nothing.",
        steps: [
            "a merge conflict: keep the migration files of both sides, look at them together, then: apus lock",
            "otherwise get it from version control, or look at the files and write it anew: apus lock",
        ])

    static let lockFileMissing = Explanation(
        "There is no lock file",
        meaning: "verify --locked asks for a migrations.lock in the migrations folder.",
        reason: "Without it nobody can tell whether the files are those that were reviewed.",
        steps: ["write it and commit it: apus lock", "or leave out --locked"])
}
