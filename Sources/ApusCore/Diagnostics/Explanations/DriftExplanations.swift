/// Files and history disagree.
extension Explanation {
    static let appliedChanged = Explanation(
        "A migration was edited after it was applied",
        meaning:
            "Statements of the file differ from those that ran. Comments and white space do not count.",
        reason:
            "This database has what the old text made; a new database would get what the new text makes. They would never be the same again.",
        steps: [
            "put the file back as it was, for instance from version control",
            "write the change as a migration of its own: apus create-migration VERSION NAME",
            "or undo the migration and apply the new text, where its data may be lost: apus rollback VERSION, apus migrate",
            "or, where the database is what the file says now, let the history take the file's text: apus repair accept ID",
        ])

    static let appliedMissing = Explanation(
        "The file of an applied migration is gone",
        meaning:
            "The history has a migration that the folder lacks: the file was deleted or renamed, or it lives on another branch.",
        reason: "A new database would come out without it.",
        steps: [
            "write missing files back from the history: apus create-initial",
            "or undo the migration, which works without its file: apus rollback VERSION",
            "or switch to the branch that has it",
            "or, where the database has it no more: apus repair mark-reverted ID",
        ])

    static let historyContradictsJournal = Explanation(
        "History and journal contradict each other",
        meaning:
            "The journal, to which rows are only added, says that a migration was applied and never taken back, and the history has no row of it; or the other way round. Somebody changed the history by hand.",
        reason:
            "Apus would apply the migration a second time, and what it does to rows would be done to them twice.",
        steps: [
            "find out which of the two the database is: apus schema show, and look at its rows",
            "where it has what the migration does: apus repair mark-applied ID",
            "where it has not: apus repair mark-reverted ID; of a migration without a row, mark-applied comes first",
        ])

    static let commentsChanged = Explanation(
        "Comments of an applied migration were edited",
        meaning: "The file's bytes differ from those that ran, but its statements are the same.",
        reason: "This is a notice: nothing stops.",
        steps: [
            "nothing has to be done",
            "to be rid of the notice, let the history take the file's text: apus repair accept ID",
        ])

    static let dependencyChanged = Explanation(
        "What an applied migration depends on was edited",
        meaning:
            "The file's `depends-on` names other migrations than those that were recorded when it was applied. For rollbacks and for the order of what is pending, what was recorded counts.",
        reason: "New databases would apply the migrations in another order than this one did.",
        steps: [
            "put the directive back as it was",
            "or, where the file is right, let the history take what it says: apus repair accept ID",
        ])

    static let downDiverged = Explanation(
        "The down section in the file is not the one that was kept",
        meaning:
            "When the migration was applied, its text was kept in the history. The file's down section has other statements by now.",
        reason:
            "Either may be the right one: the kept one fits what was applied, the file's may have been corrected since.",
        steps: [
            "run the one that was kept: apus rollback VERSION --down stored",
            "run the file's: apus rollback VERSION --down file",
        ])
}
