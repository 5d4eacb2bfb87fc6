extension Explanation {
    static let schemaDrift = Explanation(
        "The live schema is not what the last run left",
        meaning:
            "Every run of Apus ends by recording the schema. Since then somebody changed it without a migration: the objects are listed with what they were and what they are.",
        reason:
            "A database that was set up from the migrations would come out different, and the next migration may fail or undo the change.",
        steps: [
            "see all of it: apus schema diff",
            "keep the change: write it as a migration that also succeeds where it is already made (IF NOT EXISTS and the like), and apply it everywhere",
            "or take it back by hand; apus verify then agrees again",
            "the next run records the schema as it is then, and warns of the difference once more",
        ])

    static let schemaNotRestored = Explanation(
        "A rollback did not bring the schema back",
        meaning:
            "When the migration that is now the newest was applied, Apus recorded the schema. After the rollback it is another one: a down section leaves something or takes too much, or somebody changed the schema by hand in between.",
        reason:
            "This is a warning: the rollback is done. Applying the migration again would begin from a schema that it was not written for.",
        steps: [
            "compare: apus schema show",
            "correct the down section, and write what it left out as a migration",
        ])

    static let schemaUnrecorded = Explanation(
        "There is no recorded schema to compare with",
        meaning:
            "The last run did not record the schema: its process died, its connection was lost, the schema could not be read in time, or it was a run of an Apus that did not record schemas yet.",
        reason: "Changes made by hand since then cannot be told from those of that run.",
        steps: [
            "the next run that changes something records the schema",
            "compare with another database meanwhile: apus schema show --json there, apus schema diff FILE live here",
        ])

    static let schemaDocumentInvalid = Explanation(
        "A file is not a schema document",
        meaning:
            "apus schema diff reads what apus schema show --json wrote. The file is something else, was edited, or comes from a later Apus.",
        reason: "A difference from something that is only half read would mislead.",
        steps: [
            "write it again: apus schema show --json > schema.json",
            "or name what is meant: recorded, live, or a backup",
        ])
}
