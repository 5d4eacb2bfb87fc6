/// Refusals by a rule of the project, before anything is changed.
extension Explanation {
    static let lateMigration = Explanation(
        "A pending migration belongs before an applied one",
        meaning:
            "Migrations are applied in the order of version and timestamp, and after what they declare to depend on. This one belongs before another that the database already has; mostly two branches were merged. An applied migration that declares what it depends on makes only that late, not everything that sorts before it.",
        reason:
            "New databases will apply the two in the other order. If one needs what the other does, they end up different.",
        steps: [
            "give it a version or timestamp behind the applied one, by renaming the file",
            "or, if the two have nothing to do with each other: apus migrate --allow-out-of-order",
        ])

    static let noUpgradePath = Explanation(
        "No declared upgrade path leads there",
        meaning:
            "The catalogue's upgrade_paths say which jumps from version to version are allowed, and none of them leads from the one to the other. Paths lead upwards only: the way down is a rollback.",
        reason:
            "Somebody decided which upgrades are tested and allowed, and this one is not among them.",
        steps: [
            "see the ways: apus version path FROM TO",
            "allow it in versions.yaml: upgrade_paths: {FROM: [TO]}",
            "to go down: apus rollback --to VERSION",
        ])

    static let dependedUpon = Explanation(
        "Something applied depends on what should be undone",
        meaning:
            "A later migration declares that it depends on this one, or declares nothing and so depends on all before it.",
        reason: "Undoing what is below would leave the later one standing on nothing.",
        steps: [
            "undo both, newest first: apus rollback VERSION --cascade",
            "or return to a version below: apus rollback --to VERSION",
            "where they are independent, declare it in the file: -- apus: depends-on none",
        ])

    static let irreversible = Explanation(
        "A migration that cannot be undone",
        meaning: "It was declared irreversible, or no down section was kept for it.",
        reason: "Nobody has said how to undo it, and a guess could destroy data.",
        steps: [
            "restore a backup that was taken before it: apus backup list",
            "or go forward with a migration that takes the change back: apus create-migration VERSION NAME",
        ])

    static let applicationIncompatible = Explanation(
        "Application and database do not fit",
        meaning:
            "The database is below what the application needs, or the application is below what the database still serves.",
        reason:
            "The application would fail at its queries, or damage data that it does not understand.",
        steps: [
            "see the reasons: apus version compatibility",
            "database too old: apus migrate",
            "application too old: deploy a newer one, or say which one will run: --application VERSION",
        ])

    static let breakingChange = Explanation(
        "A breaking change has to be accepted",
        meaning: "The plan crosses a release whose breaking changes the catalogue lists.",
        reason: "Whoever relies on what changes should know before it happens.",
        steps: [
            "read them: apus version changelog VERSION",
            "accept them by name: apus migrate --accept-breaking VERSION",
        ])

    static let confirmationNeeded = Explanation(
        "A confirmation is missing",
        meaning:
            "In production a change has to be confirmed: by an answer on the terminal, or by flags where nobody can be asked.",
        reason:
            "What runs in production should be meant for production. A waiting question in a pipeline would hang it.",
        steps: [
            "see what would happen: apus plan",
            "confirm: --yes; where data is lost also --confirm DATABASE_NAME; for breaking changes --accept-breaking VERSION",
            "if this is not production, say so: --environment development",
        ])

    static let planChanged = Explanation(
        "The plan is no longer the one that was agreed to",
        meaning: "Between showing the plan and running it, a file or the database changed.",
        reason: "Only what was seen is run.",
        steps: ["look at it again: apus plan"])

    static let requestRepeated = Explanation(
        "The same request was made before",
        meaning:
            "A form, or a program's idempotency key, was sent twice. What it asked for was begun the first time.",
        reason: "Two clicks are one run.",
        steps: ["see what came of it: apus runs list", "to do it again, draw the plan again"])

    static let auditUnavailable = Explanation(
        "What was to be done could not be written to the audit",
        meaning:
            "The admin page writes who does what to the database before it is done. There is no registry yet, it is one of an older version, or it cannot be written to.",
        reason: "Nothing is done from the page that nobody could trace.",
        steps: [
            "make or upgrade the registry: apus migrate",
            "or use the command line, which needs no audit",
        ])

    static let unfinishedMigration = Explanation(
        "A migration stopped midway and stands in the way",
        meaning:
            "A migration that runs without a transaction was interrupted. Some of its statements are done, and its file or the wish does not fit what was begun.",
        reason: "To start again from the top could do things twice.",
        steps: [
            "see how far it came: apus status, apus runs show RUN",
            "go on with the unchanged file: apus repair resume, or apus migrate",
            "or take back what was done: apus rollback VERSION",
            "or, where you have finished or taken it back by hand: apus repair mark-applied ID, apus repair mark-reverted ID",
        ])

    static let nothingToRepair = Explanation(
        "The repair would change nothing",
        meaning:
            "An edit was to be accepted where file and history agree, or a migration was to be marked as what it is already.",
        reason: "A repair that does nothing is mostly meant for another migration or database.",
        steps: ["see what is to be mended: apus repair list", "see what is applied: apus status"])

    static let tablesWithoutHistory = Explanation(
        "The database has tables and no history",
        meaning: "The database was made without Apus, or its history was removed.",
        reason:
            "Apus cannot know which migrations the tables come from; running all of them would fail or destroy.",
        steps: [
            "if the tables are what the migrations up to V make: apus baseline V",
            "if they belong to no migration: apus baseline 0.0.0",
            "to write them down as the first migration: apus create-initial",
        ])

    static let historyExists = Explanation(
        "The database already has a history",
        meaning: "A baseline starts a history; this database has one with applied migrations.",
        reason: "A baseline would record as applied what may not have been.",
        steps: ["see it: apus status", "apply what is pending: apus migrate"])

    static let lintFinding = Explanation(
        "A lint rule objects to a statement",
        meaning:
            "A rule of apus lint found a statement that is known to hurt: it locks a table for long, loses data, or breaks the application that runs meanwhile. The finding is named by its rule, and each rule has a page of its own.",
        reason:
            "What such a statement does to a small test database does not show what it does to a large one in use.",
        steps: [
            "read the rule's page, which says what to write instead: apus explain RULE",
            "where it is right all the same, say so above the statement: -- apus: allow RULE REASON",
            "change the rule's level in apus.yaml: lint: {RULE: warning}",
        ])
}
