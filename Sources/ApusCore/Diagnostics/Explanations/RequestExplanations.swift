/// What was asked for on the command line.
extension Explanation {
    static let versionInvalid = Explanation(
        "A version is not a semantic version",
        meaning:
            "Versions are MAJOR.MINOR.PATCH as https://semver.org defines them, for instance 1.2.0 or 2.0.0-rc.1: three numbers, no leading zeros, no v.",
        reason: "Versions are ordered by these numbers; another notation has no certain order.",
        steps: ["write it like 1.2.0"])

    static let usage = Explanation(
        "The command line is wrong",
        meaning:
            "An option or an argument is unknown, missing, or has a value that it cannot have.",
        reason: "What was meant would have to be guessed.",
        steps: ["see the command's help: apus COMMAND --help"])

    static let versionUnknown = Explanation(
        "No migration has this version",
        meaning:
            "The version is well written, but neither the folder, nor the history, nor the catalogue has it; or it is not applied, and the command needs it to be.",
        reason: "A typing mistake must not run something else.",
        steps: [
            "see which versions there are: apus status", "see the releases: apus version changelog",
        ])

    static let migrationUnknown = Explanation(
        "No migration, or more than one, has this name",
        meaning:
            "A migration is named by its whole id, by VERSION/NAME, or by its version where only one migration has it.",
        reason: "What was meant would have to be guessed.",
        steps: ["see which there are: apus status"])

    static let runUnknown = Explanation(
        "There is no run of this number",
        meaning:
            "Each execution of migrate, rollback, baseline or repair is a run with a number, counted from 1 on each database.",
        reason: "There is nothing to show.",
        steps: ["see the runs of this database: apus runs list"])

    static let backupUnknown = Explanation(
        "There is no backup of this name",
        meaning: "The backup folder has no finished backup of this name for this kind of database.",
        reason: "There is nothing to verify.",
        steps: ["see the backups: apus backup list", "take one now: apus backup"])

    static let codeUnknown = Explanation(
        "There is no diagnostic of this code",
        meaning: "Every message of Apus carries a code in brackets, such as error[late-migration].",
        reason: "There is nothing to explain.",
        steps: ["see all codes: apus explain"])

    static let analyticsFileInvalid = Explanation(
        "A file is not a document of analytics",
        meaning:
            "apus analytics --from reads what apus analytics --json wrote for another database. The file is something else, was edited, or comes from a later Apus.",
        reason: "A forecast from something that is only half read would mislead.",
        steps: [
            "write it again, where that database is: apus analytics --json > FILE",
            "or leave the file out",
        ])
}
