extension Explanation {
    static let batchInvalid = Explanation(
        "A batched statement cannot be run as it stands",
        meaning:
            "A statement under `-- apus: batch` lacks :start or :end, stands in a down section or in front of something that is no batch, or a `verify` is no query.",
        reason:
            "The statement is run once for each range of keys, and the migration may end before the last of them.",
        steps: [
            "limit the statement by the key: WHERE id BETWEEN :start AND :end",
            "put what has to run afterwards into a migration of its own, with -- apus: requires-complete",
        ])

    static let batchKeyInvalid = Explanation(
        "A table cannot be gone through by that key",
        meaning:
            "The columns of `key=` are not NOT NULL and unique together in the database, or their types are others than when the data migration was begun.",
        reason:
            "A batch goes on behind the last key of the one before. Without a unique order rows would be left out, or done twice.",
        steps: [
            "name the primary key, or the columns of a unique index: key=id",
            "where a type was changed: roll the data migration back and run it again",
        ])

    static let verificationFailed = Explanation(
        "A data migration is not what it should be at its end",
        meaning:
            "The query under `-- apus: verify` has to return no rows once all batches are done, and returned some. The first of them are shown.",
        reason:
            "Rows that came in behind the batches, or that the statement did not change, would break what builds on them.",
        steps: [
            "look at the rows: does the application write them so?",
            "mend them, then go on: apus data resume ID",
        ])

    static let dataIncomplete = Explanation(
        "A data migration has to be complete first",
        meaning:
            "A pending migration says `requires-complete`, and batches of an earlier data migration are still to be done.",
        reason: "It removes or tightens what these batches read.",
        steps: [
            "see how far they are: apus data list", "do them: apus work, then apus migrate",
        ])

    static let dataStopped = Explanation(
        "A data migration was stopped",
        meaning:
            "Somebody paused or cancelled it, or a batch of it failed. The batches that were done stay.",
        reason: "It goes on exactly behind the last batch, and repeats none.",
        steps: [
            "see why: apus data list", "go on: apus data resume ID, then apus work",
            "or take it back: apus rollback VERSION",
        ])

    static let handlerUnknown = Explanation(
        "A data migration is written in Swift, and is not there",
        meaning:
            "`handler=NAME` names a DataMigration that the application registers with its Migrator; this program has none of that name.",
        reason: "The command line knows no application's code.",
        steps: [
            "leave its batches to the application: apus migrate --background",
            "or run the migration from the application that registers it",
        ])
}
