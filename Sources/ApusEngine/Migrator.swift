public import ApusCore

/// Versions one database: the only way in for command line, web page and embedding application.
///
/// ```swift
/// let migrator = Migrator(driver: driver, folder: folder, catalogue: catalogue)
/// let report = try await migrator.migrate()
/// ```
///
/// A migrator is a value without a connection. Every call opens one session, and that same session
/// holds the lock, reads the history and performs the steps.
///
/// Calls throw ``ApusCore/Diagnostics`` when something stands against them before anything was
/// begun. What happens once a run has begun is data in its ``Report``.
public struct Migrator: Sendable {
    public var driver: any Driver
    public var folder: MigrationFolder
    public var catalogue: Catalogue
    /// Where backups go; `nil` takes none.
    public var backups: BackupStore?
    public var options: Options
    /// Files that were parsed before, for whoever looks again and again; what is about to run is read
    /// anew. `nil` reads always.
    public var lookCache: LookCache?
    /// The data migrations that are written in Swift, in any order.
    public var dataMigrations: [any DataMigration] = []
    /// The clock.
    public var now: @Sendable () -> Timestamp
    /// Is told what the server says of itself, each time that a session is opened.
    public var connected: (@Sendable (ServerFacts) -> Void)?

    public init(
        driver: any Driver, folder: MigrationFolder, catalogue: Catalogue = .empty,
        backups: BackupStore? = nil, options: Options = Options(),
        now: @escaping @Sendable () -> Timestamp = { .now }
    ) {
        self.driver = driver
        self.folder = folder
        self.catalogue = catalogue
        self.backups = backups
        self.options = options
        self.now = now
    }

    /// When a backup is taken.
    public enum BackupPolicy: String, Hashable, Sendable, CaseIterable {
        /// One a run, before the first step.
        case always
        /// One before each migration.
        case eachStep = "each-step"
        /// One a run, where a step of its plan destroys data.
        case destructive
        case never
    }

    public struct Options: Sendable {
        public var planning: PlanInput.Options
        public var step: StepOptions
        public var backup: BackupPolicy
        /// How long to wait for another run to end.
        public var lockWait: Duration
        /// How often the lock is looked after while a backup is taken.
        public var lockCheck = Duration.seconds(15)
        /// Who is at work, for the history: `ana@laptop`.
        public var startedBy: String
        /// What the history says of the tool.
        public var toolVersion: String
        /// What the audit is told before anything is done, and afterwards of its outcome; where it
        /// cannot be written, nothing is run. `nil` writes none.
        public var audit: AuditIntent?
        /// Runs only what was rehearsed; `nil` runs everything.
        public var rehearsal: RehearsalGate?
        /// Takes back what is migrated, unless somebody confirms it in time; `nil` lets it be.
        public var revert: RevertTerms?
        /// The entry of the schedule that is run: whoever runs takes it, so that it is run once.
        var scheduled: ScheduleID?
        /// Whether that entry is a revert: one that was interrupted goes on.
        var takesBack = false

        public init(
            planning: PlanInput.Options = .init(), step: StepOptions = .init(),
            backup: BackupPolicy = .always, lockWait: Duration = .seconds(60),
            startedBy: String = "", toolVersion: String = ""
        ) {
            self.planning = planning
            self.step = step
            self.backup = backup
            self.lockWait = lockWait
            self.startedBy = startedBy
            self.toolVersion = toolVersion
        }
    }

    // MARK: Deciding

    /// The plan for a goal, as things stand now. Changes nothing.
    public func plan(_ goal: Goal) async throws(Diagnostics) -> Plan {
        try await outlook(goal).plan
    }

    /// The plan for a goal, the server it is for, and the files it was made from. Changes nothing.
    public func outlook(_ goal: Goal) async throws(Diagnostics) -> Outlook {
        try await withSession { () throws(Diagnostics) in
            try files(for: goal)
        } _: { (files, session) throws(Diagnostics) in
            let facts = try await asking { () async throws(DatabaseError) in
                try await session.facts()
            }
            let history = try await history(of: session, comparedWith: files.migrations, for: goal)
            let plan = try plan(goal, files, history)
            return Outlook(
                facts: facts, plan: plan,
                rehearsal: try await rehearsalVerdict(on: plan, history, session), files: files)
        }
    }

    func plan(
        _ goal: Goal, _ files: FolderSurvey, _ session: any DatabaseSession
    ) async throws(Diagnostics) -> Plan {
        let history = try await history(of: session, comparedWith: files.migrations, for: goal)
        return try plan(goal, files, history)
    }

    /// The plan, from values that are already there.
    func plan(_ goal: Goal, _ files: FolderSurvey, _ history: History) throws(Diagnostics) -> Plan {
        let plan = try Planner.plan(goal, for: input(files.migrations, history))
        try files.checkLock(of: plan)
        return plan
    }

    /// The folder's migrations. Undoing runs what the history keeps, and a repair is about one file, so
    /// that no broken file of something else may stand in the way.
    func files(for goal: Goal) throws(Diagnostics) -> FolderSurvey {
        guard goal.bearsBrokenFiles else { return FolderSurvey(migrations: try folder.read()) }
        let survey = try folder.survey()
        if let id = goal.fileNeeded, survey.invalid.contains(id) {
            let problems = survey.problems.filter {
                $0.location?.file.hasSuffix(id.fileName) == true
            }
            throw Diagnostics(problems.isEmpty ? survey.problems : problems)
        }
        return survey
    }

    /// The history, with its texts only where they are needed: to undo something, or to show how an
    /// edited file differs.
    func history(
        of session: any DatabaseSession, comparedWith migrations: [Migration], for goal: Goal? = nil
    ) async throws(Diagnostics) -> History {
        let readsTexts = goal?.readsTexts == true
        let history = try await asking { () async throws(DatabaseError) in
            try await session.history(withTexts: readsTexts)
        }
        return readsTexts
            ? history : try await self.history(history, of: session, comparedWith: migrations)
    }

    /// The history that was read without its texts; with them, where they are needed to show how an
    /// edited file differs.
    func history(
        _ history: History, of session: any DatabaseSession, comparedWith migrations: [Migration]
    ) async throws(Diagnostics) -> History {
        let checksums = Dictionary(uniqueKeysWithValues: migrations.map { ($0.id, $0.checksum) })
        let isEdited = history.applied.contains { row in
            checksums[row.id].map { $0 != row.checksum } ?? false
        }
        guard isEdited else { return history }
        return try await asking { () async throws(DatabaseError) in try await session.history() }
    }

    func input(_ migrations: [Migration], _ history: History) -> PlanInput {
        var planning = options.planning
        planning.now = planning.now ?? now().idText
        return PlanInput(
            migrations: migrations, history: history, catalogue: catalogue,
            dialect: driver.engine, options: planning)
    }

    // MARK: Doing

    /// Applies what is pending: everything, or up to a version.
    @discardableResult
    public func migrate(
        to version: SemanticVersion? = nil,
        events: @escaping @Sendable (RunEvent) -> Void = { _ in }
    ) async throws(Diagnostics) -> Report {
        try await run(version.map(Goal.upTo) ?? .latest, events: events)
    }

    /// Undoes one version; with `cascade`, also what depends on it.
    @discardableResult
    public func rollback(
        _ version: SemanticVersion, cascade: Bool = false,
        events: @escaping @Sendable (RunEvent) -> Void = { _ in }
    ) async throws(Diagnostics) -> Report {
        try await run(.undo(version, cascade: cascade), events: events)
    }

    /// Plans under the lock and performs the plan.
    ///
    /// - Parameter digest: Where given, only exactly that plan is run; another one throws
    ///   `plan-changed`.
    public func run(
        _ goal: Goal, expecting digest: Checksum? = nil,
        events: @escaping @Sendable (RunEvent) -> Void = { _ in }
    ) async throws(Diagnostics) -> Report {
        try await withSession { () throws(Diagnostics) in
            try files(for: goal)
        } _: { (files, session) throws(Diagnostics) in
            if let report = try await nothingToDo(goal, digest, files, session) {
                return report
            }
            return try await perform(goal, digest, files, session, events)
        }
    }

    /// Goes on from an outlook that was shown: the files that were read for it are the ones that run,
    /// whatever has become of the folder since. The history is read, and the plan made, again under
    /// the lock.
    ///
    /// - Parameter digest: As for ``run(_:expecting:events:)-(Goal,_,_)``.
    public func run(
        _ outlook: Outlook, expecting digest: Checksum? = nil,
        events: @escaping @Sendable (RunEvent) -> Void = { _ in }
    ) async throws(Diagnostics) -> Report {
        let plan = outlook.plan
        try plan.check(digest)
        if plan.changesNothing { return .nothingToDo(plan) }
        return try await withSession { (session) throws(Diagnostics) in
            try await perform(plan.goal, digest, outlook.files, session, events)
        }
    }

    private func perform(
        _ goal: Goal, _ digest: Checksum?, _ files: FolderSurvey,
        _ session: any DatabaseSession, _ events: @escaping @Sendable (RunEvent) -> Void
    ) async throws(Diagnostics) -> Report {
        failpoint("run.looked")
        try await lock(session, events)
        failpoint("run.locked")
        return try await Run(
            migrator: self, session: session, files: files, events: events
        ).perform(goal, expecting: digest)
    }

    /// The same as ``run(_:expecting:events:)``, its events as a stream that ends with `runEnded`
    /// or throws ``ApusCore/Diagnostics``. Ending the iteration early cancels the run.
    public func events(
        _ goal: Goal, expecting digest: Checksum? = nil
    ) -> AsyncThrowingStream<RunEvent, any Error> {
        AsyncThrowingStream { continuation in
            let task = Task {
                do {
                    _ = try await run(goal, expecting: digest) { continuation.yield($0) }
                    continuation.finish()
                } catch {
                    continuation.finish(throwing: error)
                }
            }
            continuation.onTermination = { _ in task.cancel() }
        }
    }

    /// A look without the lock: an up-to-date database is left alone, and what stands against the
    /// goal is said before anybody waits.
    private func nothingToDo(
        _ goal: Goal, _ digest: Checksum?, _ files: FolderSurvey, _ session: any DatabaseSession
    ) async throws(Diagnostics) -> Report? {
        let plan: Plan
        do throws(Diagnostics) {
            plan = try await self.plan(goal, files, session)
        } catch {
            // Another process may be in the middle of it right now: ask again under the lock.
            if error.all.contains(where: { $0.code == .unfinishedMigration }) { return nil }
            throw error
        }
        try plan.check(digest)
        return plan.changesNothing ? .nothingToDo(plan) : nil
    }

    func lock(
        _ session: any DatabaseSession, _ events: @escaping @Sendable (RunEvent) -> Void
    ) async throws(Diagnostics) {
        try await asking { () async throws(DatabaseError) in
            let facts = try await session.facts()
            if let reason = facts.readOnlyReason {
                throw DatabaseError(
                    .readOnlyServer, "the database cannot be written to: \(reason)",
                    help: [driver.engine.adviceWhereReadOnly])
            }
            let clock = ContinuousClock()
            let start = clock.now
            try await session.acquireLock(waitingAtMost: options.lockWait) { holder in
                events(.waitingForRunLock(holder, waited: clock.now - start))
            }
        }
    }
}
