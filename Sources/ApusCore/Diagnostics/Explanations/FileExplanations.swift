/// Files of the folder: their names, their frame, their dependencies.
extension Explanation {
    static let folderNotFound = Explanation(
        "The migrations folder is not there",
        meaning:
            "The folder that should hold the migration files does not exist or cannot be read.",
        reason: "Without it, every migration would look as if it had vanished.",
        steps: [
            "make the folders and a configuration: apus init",
            "name another folder: --migrations FOLDER, APUS_MIGRATIONS, or `migrations:` in apus.yaml",
            "run the command from the folder that apus.yaml stands in, or name the file: --config FILE",
        ])

    static let fileUnreadable = Explanation(
        "A file cannot be read",
        meaning:
            "The operating system refused to read a migration file or the catalogue, or the catalogue is not UTF-8 text.",
        reason: "A plan made from some of the files would not be the plan of this project.",
        steps: ["look at its permissions: ls -l FILE", "save it as UTF-8 text"])

    static let fileNameInvalid = Explanation(
        "A file's name does not say which migration it is",
        meaning:
            "Every .sql file in the folder is a migration, and its name is its identity: YYYYMMDD_HHMMSS_VERSION_NAME.sql, for instance 20250115_103000_1.2.0_add_new_table.sql.",
        reason: "A file that is quietly left out is a change that quietly never happens.",
        steps: [
            "rename the file, or let a new one be made: apus create-migration VERSION NAME",
            "move .sql files that are no migrations into a folder below",
        ])

    static let pathEscapesFolder = Explanation(
        "A link leads out of the migrations folder",
        meaning: "A file in the folder is a symbolic link to somewhere else.",
        reason:
            "What is behind it can change without the folder changing, so that what was reviewed is not what runs.",
        steps: [
            "put the file itself into the folder: cp --remove-destination \"$(readlink -f FILE)\" FILE"
        ])

    static let headerMismatch = Explanation(
        "The header and the file name disagree",
        meaning:
            "The line `-- Migration: VERSION - NAME` says something else than the file's name.",
        reason: "Mostly a file was copied from another one and only half of it was adapted.",
        steps: ["correct the header, or rename the file, so that both say the same"])

    static let sectionMissing = Explanation(
        "A section of a migration is missing",
        meaning:
            "A migration has an up section below the line `-- Up Migration`, and a down section below the line `-- Down Migration (Rollback)`. One of the two lines is not there.",
        reason:
            "Without the markers Apus cannot know what to run, and a migration without a way back should be a decision, not an oversight.",
        steps: [
            "add the missing line with its statements",
            "if there is no way back, say so below the down marker: -- apus: irreversible REASON",
        ])

    static let sectionDuplicate = Explanation(
        "A section stands twice, or in the wrong place",
        meaning: "A migration has one up section and then one down section.",
        reason: "Apus would have to guess which of them is meant.",
        steps: [
            "join the sections, or make two migrations of them: apus create-migration VERSION NAME"
        ])

    static let sectionEmpty = Explanation(
        "A section holds no statement",
        meaning:
            "The up or the down section has only comments and blank lines. A freshly created file looks like that until it is filled.",
        reason:
            "A migration that does nothing would be recorded as applied, and its file could never be filled any more.",
        steps: [
            "write the statements",
            "for a down section without a way back: -- apus: irreversible REASON",
        ])

    static let directiveUnknown = Explanation(
        "A directive that Apus does not know",
        meaning: "A line `-- apus: WORD` carries a word that is no directive.",
        reason:
            "It was written to change how the migration runs; to pass over it would run the migration the other way.",
        steps: [
            "correct the word: \(Directive.words.joined(separator: ", "))",
            "if it is a remark, write it without `apus:`",
        ])

    static let directiveInvalid = Explanation(
        "A directive that cannot be obeyed",
        meaning:
            "The directive's argument is missing or wrong, it stands where it has no effect, or it contradicts the rest of the file.",
        reason:
            "It was written to change how the migration runs; to pass over it would run the migration the other way.",
        steps: [
            "put directives into the header (for both sections) or directly below a section's marker",
            "write durations as 500ms, 5s, 10min or 1h, and versions as 1.2.0",
        ])

    static let duplicateID = Explanation(
        "Two files are the same migration",
        meaning:
            "Two files have the same timestamp, version and name, or names that some file systems cannot tell apart, or a new migration would take the version and name of an existing one.",
        reason: "Which of the two was applied could never be told.",
        steps: ["keep one of them, or give one another name"])

    static let dependencyMissing = Explanation(
        "A migration depends on one that is not there",
        meaning:
            "A `depends-on` names a migration that does not exist, that several are called, or that this plan does not apply; or a `requires-complete` names one that has no batches.",
        reason: "The migration would run without what it needs.",
        steps: [
            "correct the directive: a whole id, or VERSION/NAME",
            "or go further, so that the other one is part of the plan: apus migrate",
        ])

    static let dependencyCycle = Explanation(
        "Migrations depend on each other in a circle",
        meaning:
            "Each migration of the circle waits for the next one. A migration without `depends-on` depends on all that sort before it, so that one directive pointing forward is enough.",
        reason: "There is no order in which they could be applied.",
        steps: [
            "take one `depends-on` out of the circle, or declare `depends-on none` where nothing is needed"
        ])

    static let dependencyContradiction = Explanation(
        "A dependency leads against the upgrade paths",
        meaning:
            "A migration depends on one of a later release, and the catalogue's upgrade paths or a required stop make the earlier release whole before anything of the later one is applied.",
        reason:
            "Both cannot be kept: the one asks for the later migration first, the other for it last.",
        steps: [
            "see the way: apus version path FROM TO",
            "give one of the two migrations another version, or take the `depends-on` out",
            "or allow a way that passes the release by, in versions.yaml: upgrade_paths: {FROM: [TO]}",
        ])
}
