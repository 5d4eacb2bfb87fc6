public import ApusCore

/// Something that is not as it should be, and the commands that mend it.
public struct Ailment: Hashable, Sendable {
    /// The raw values are an interface: JSON documents carry them.
    public enum Kind: String, Hashable, Sendable, CaseIterable {
        /// Statements of an applied file differ from what was applied.
        case edited
        /// Comments or white space of one do.
        case commentsEdited = "comments-edited"
        /// The file of an applied migration is gone.
        case vanished
        /// One of which history and journal say opposite things.
        case contradiction = "history-contradicts-journal"
        /// A step without a transaction that stopped midway.
        case unfinished
        case invalidIndex = "invalid-index"
        /// A run that never ended, and nobody holds the lock.
        case openRun = "open-run"
        case partialBackup = "partial-backup"
    }

    public var kind: Kind
    /// `nil` for what belongs to no migration.
    public var migration: MigrationID?
    /// What it is about, in a few words: `1.2.0 languages`, `run 7`, `public.by_name`.
    public var subject: String
    /// What is wrong with it.
    public var text: String
    /// Ways to mend it, the first the usual one; each holds a command.
    public var remedies: [String]
}

extension Migrator {
    /// Everything that is not as it should be and can be mended. Changes nothing.
    ///
    /// Throws what keeps the database or the folder from being looked at.
    public func ailments() async throws(Diagnostics) -> (facts: ServerFacts, found: [Ailment]) {
        let seen = await observations()
        let facts = try asking(seen.facts)
        _ = try seen.survey.get()
        for failure in [
            seen.history?.failure, seen.contradictions?.failure, seen.lock?.failure,
            seen.health?.failure,
        ] {
            if let failure { throw Diagnostics([failure.diagnostic]) }
        }
        return (facts, seen.ailments)
    }

    private func asking<Value>(_ answer: Observations.Answer<Value>) throws(Diagnostics) -> Value {
        switch answer {
        case .success(let value): return value
        case .failure(let error): throw Diagnostics([error.diagnostic])
        }
    }
}

extension Result {
    fileprivate var failure: Failure? {
        if case .failure(let error) = self { error } else { nil }
    }
}

extension Observations {
    /// Pure: the same list for the same observations, in the order of ``Ailment/Kind``.
    var ailments: [Ailment] {
        let history = try? history?.get()
        return (history.map { drifted($0) + contradictory + unfinished($0) } ?? []) + invalidIndexes
            + (history.map(openRuns) ?? []) + partialBackups
    }

    private func drifted(_ history: History) -> [Ailment] {
        guard let survey = try? survey.get() else { return [] }
        let files = Dictionary(uniqueKeysWithValues: survey.migrations.map { ($0.id, $0) })
        return history.applied.compactMap { row in
            let (id, title) = (row.id, row.id.title)
            if survey.invalid.contains(id) { return nil }
            guard let file = files[id] else {
                guard row.text != nil || !row.isBaseline else { return nil }
                return Ailment(
                    kind: .vanished, migration: id, subject: title,
                    text: "applied, and its file is gone",
                    remedies: [
                        "write it back from the history: apus create-initial",
                        "if the database has it no more: apus repair mark-reverted \(id.reference)",
                    ])
            }
            guard file.checksum != row.checksum else { return nil }
            let isMeant =
                file.up.meaning != row.upMeaning || file.down?.meaning != row.downMeaning
            return Ailment(
                kind: isMeant ? .edited : .commentsEdited, migration: id, subject: title,
                text: isMeant
                    ? "statements of its file were edited after it was applied"
                    : "comments or white space of its file were edited after it was applied",
                remedies: isMeant
                    ? [
                        "put the file back, and write the change as a new migration: apus create-migration VERSION NAME",
                        "if the database is what the file says now: apus repair accept \(id.reference)",
                    ] : ["let the history take the file's text: apus repair accept \(id.reference)"]
            )
        }
    }

    private var contradictory: [Ailment] {
        ((try? contradictions?.get()) ?? []).map { found in
            let diagnostic = found.diagnostic
            return Ailment(
                kind: .contradiction, migration: found.migration, subject: found.migration.title,
                text: diagnostic.message, remedies: diagnostic.help)
        }
    }

    private func unfinished(_ history: History) -> [Ailment] {
        (history.halfUndone + history.halfApplied).map { step in
            let isUp = step.direction == .up
            let name = step.id.reference
            return Ailment(
                kind: .unfinished, migration: step.id, subject: step.id.title,
                text:
                    "\(isUp ? "it" : "its rollback") stopped after statement \(step.statementsDone) of \(step.statementCount) (run \(step.run))",
                remedies: [
                    "finish it: apus repair resume",
                    isUp
                        ? "or take back what was done: apus rollback \(step.id.version)"
                        : "or, where the database has it in full: apus repair mark-applied \(name)",
                    isUp
                        ? "or, where you have finished it by hand: apus repair mark-applied \(name)"
                        : "or, where you have finished it by hand: apus repair mark-reverted \(name)",
                ])
        }
    }

    private var invalidIndexes: [Ailment] {
        let indexes = (try? health?.get())?.invalidIndexes ?? []
        return indexes.filter { $0.builder == nil }.map { index in
            Ailment(
                kind: .invalidIndex, migration: nil, subject: index.name,
                text: "an index on \(index.table) that is not valid: a broken build left it",
                remedies: [
                    "if its migration is unfinished, building it again drops it: apus repair resume",
                    "otherwise build it again: REINDEX INDEX CONCURRENTLY \(index.name);",
                    "or drop it: DROP INDEX CONCURRENTLY \(index.name);",
                ])
        }
    }

    private func openRuns(_ history: History) -> [Ailment] {
        guard case .success(.free)? = lock else { return [] }
        return history.openRuns.map { run in
            Ailment(
                kind: .openRun, migration: nil, subject: "run \(run)",
                text: "it never ended, and its process is gone",
                remedies: ["close it: apus repair resume (any other run closes it as well)"])
        }
    }

    private var partialBackups: [Ailment] {
        leftovers.map { path in
            Ailment(
                kind: .partialBackup, migration: nil, subject: path,
                text: "left by a process that died while it took a backup",
                remedies: [
                    "the next backup removes it: apus backup", "or: rm -r \(path.shellWord)*",
                ])
        }
    }
}
