public import ApusCore

/// Where a database stands: what `status`, the overview page and the gate look at.
public struct DatabaseState: Sendable {
    public var target: DatabaseTarget
    public var facts: ServerFacts
    public var history: History
    /// Every migration of the folder or the history, in the order of application.
    public var migrations: [MigrationState]
    /// The database version; `nil` for an empty database.
    public var version: SemanticVersion?
    public var application: SemanticVersion?
    public var minimumDatabase: SemanticVersion?
    /// Where migrating ends, unless somebody names a version; `nil` goes as far as there are files.
    public var targetVersion: SemanticVersion?
    public var compatibility: Compatibility
    /// Edited, vanished and otherwise diverged files, also from what was locked.
    public var drift: [Diagnostic]
    /// What is wrong with files that are not valid migrations.
    public var problems: [Diagnostic]
    /// What is scheduled, and what became of what was of late, newest first.
    public var schedule: [ScheduleEntry] = []

    /// What is to be applied: all that is pending, as far as the target.
    public var pending: [MigrationState] {
        indices(of: .pending).map { migrations[$0] }.filter { isWanted($0.id) }
    }

    /// What is pending, and left so, because it lies beyond the target.
    public var beyondTarget: [MigrationState] {
        indices(of: .pending).map { migrations[$0] }.filter { !isWanted($0.id) }
    }

    /// How many migrations stand so.
    package func count(of status: MigrationState.Status) -> Int { indices(of: status).count }

    /// By index, because a state is large, and nearly all of them are usually passed over.
    private func indices(of status: MigrationState.Status) -> [Int] {
        migrations.indices.filter { migrations[$0].status == status }
    }

    private func isWanted(_ id: MigrationID) -> Bool {
        targetVersion.map { id.version <= $0 } ?? true
    }

    public var hasDrift: Bool { drift.contains { $0.severity == .error } }
}

/// One migration as it stands.
public struct MigrationState: Sendable {
    public enum Status: String, Hashable, Sendable, CaseIterable {
        case applied, pending
        /// A non-transactional migration that stopped midway.
        case unfinished
        /// Pending, although an applied one needs it: see ``LateMigrations``.
        case late
        /// Applied, and its file is gone.
        case missing
        /// Applied, and its file's statements, or what it depends on, were edited.
        case changed
        /// Its file is not a valid migration.
        case invalid
    }

    public var id: MigrationID
    public var status: Status
    /// The history's row, where there is one.
    public var applied: AppliedMigration?
    /// The file, where there is one.
    public var migration: Migration?
    public var unfinished: UnfinishedStep?
    /// Whether `rollback` can undo it.
    public var canRollBack: Bool
}

extension Migrator {
    /// Reads folder and database and says how they stand to each other. Changes nothing.
    public func state() async throws(Diagnostics) -> DatabaseState {
        try await withLook { () throws(Diagnostics) in
            try folder.survey(knowing: lookCache)
        } _: { (survey, session) throws(Diagnostics) in
            try await state(survey, session)
        }
    }

    /// The same in a session that is open; what was seen before, where nothing has changed since.
    func state(
        _ survey: FolderSurvey, _ session: any DatabaseSession
    ) async throws(Diagnostics) -> DatabaseState {
        let standing = try await asking { () async throws(DatabaseError) in
            try await session.standing(scheduleLimit: 20)
        }
        let (facts, slim, schedule) = (standing.facts, standing.history, standing.schedule)
        let ingredients = survey.number.map {
            LookCache.Ingredients(
                survey: $0, lockFindings: survey.lockFindings, history: slim,
                catalogue: catalogue, application: options.planning.application)
        }
        if let ingredients, var known = lookCache?.state(from: ingredients) {
            (known.target, known.facts) = (driver.target, facts)
            known.schedule = schedule
            known.targetVersion = options.planning.targetVersion
            return known
        }
        let history = try await history(slim, of: session, comparedWith: survey.migrations)
        var state = try state(survey, facts, history)
        state.schedule = schedule
        if let ingredients { lookCache?.keep(state, from: ingredients) }
        return state
    }

    private func state(
        _ survey: FolderSurvey, _ facts: ServerFacts, _ history: History
    ) throws(Diagnostics) -> DatabaseState {
        let migrations = survey.migrations
        let input = input(migrations, history)
        let graph = try DependencyGraph(migrations: migrations, history: history)
        let drift = Drift.findings(
            migrations: migrations, history: history, unreadable: survey.invalid)
        let version = PlanInput.databaseVersion(
            files: migrations.map(\.id) + survey.invalid,
            applied: Set(history.applied.map(\.id)))
        let judged = catalogue.overridingApplicationVersion(input.application)
        return DatabaseState(
            target: driver.target, facts: facts, history: history,
            migrations: MigrationState.all(survey, history, graph),
            version: version, application: input.application,
            minimumDatabase: judged.knownNeed,
            targetVersion: input.options.targetVersion,
            compatibility: Compatibility.judge(
                application: input.application, needs: catalogue.minimumDatabase,
                database: version, serves: history.minimumApplication,
                expects: catalogue.database,
                saidOf: judged.otherApplication),
            drift: drift + survey.lockFindings, problems: survey.problems)
    }
}

extension MigrationState {
    static func all(
        _ survey: FolderSurvey, _ history: History, _ graph: DependencyGraph
    ) -> [MigrationState] {
        let files = survey.migrations.indices(by: \.id)
        let applied = history.applied.indices(by: \.id)
        let unfinished = Dictionary(
            (history.halfApplied + history.halfUndone).map { ($0.id, $0) }
        ) { _, later in later }
        // Only where something is not applied.
        lazy var late = LateMigrations(graph, history: history)
        let unordered = survey.invalid.filter { graph.position($0) == nil }.sorted()
        return (graph.order + unordered).map { id in
            let file = files[id].map { survey.migrations[$0] }
            let row = applied[id].map { history.applied[$0] }
            let unfinished = unfinished[id]
            let status: Status =
                if unfinished != nil {
                    .unfinished
                } else if survey.invalid.contains(id) {
                    .invalid
                } else if let row {
                    switch file {
                    case nil: row.text == nil && row.isBaseline ? .applied : .missing
                    case let file? where isChanged(file, row): .changed
                    default: .applied
                    }
                } else {
                    late.contains(id) ? .late : .pending
                }
            return MigrationState(
                id: id, status: status, applied: row, migration: file, unfinished: unfinished,
                canRollBack: row.map { $0.irreversibleReason == nil && $0.downMeaning != nil }
                    ?? (file?.down != nil))
        }
    }

    private static func isChanged(_ file: Migration, _ row: AppliedMigration) -> Bool {
        file.up.meaning != row.upMeaning || file.down?.meaning != row.downMeaning
            || Drift.hasOtherDependencies(file, than: row)
    }
}
