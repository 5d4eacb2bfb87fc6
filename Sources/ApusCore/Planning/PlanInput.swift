/// Everything that a plan is made from; with the same input comes the same plan.
public struct PlanInput: Sendable {
    /// The folder's migrations, in any order, ids unique.
    public var migrations: [Migration]
    public var history: History
    public var catalogue: Catalogue
    public var dialect: DatabaseEngine
    public var options: Options

    public init(
        migrations: [Migration], history: History, catalogue: Catalogue = .empty,
        dialect: DatabaseEngine, options: Options = Options()
    ) {
        self.migrations = migrations
        self.history = history
        self.catalogue = catalogue
        self.dialect = dialect
        self.options = options
    }

    public struct Options: Hashable, Sendable {
        /// Accepts pending migrations that sort before applied ones.
        public var allowsOutOfOrder: Bool
        /// Which down section is run where file and history differ; `nil` refuses to choose.
        public var down: Step.Origin?
        /// The application version to judge by, instead of the catalogue's.
        public var application: SemanticVersion?
        /// Where ``Goal/latest`` ends, instead of at the last version that there is.
        public var targetVersion: SemanticVersion?
        /// Leaves the batches of data migrations to somebody who works in the background.
        public var leavesBatches: Bool
        /// Now in UTC as `YYYYMMDD_HHMMSS`, for the notice about timestamps in the future.
        public var now: String?

        public init(
            allowsOutOfOrder: Bool = false, down: Step.Origin? = nil,
            application: SemanticVersion? = nil, now: String? = nil, leavesBatches: Bool = false,
            targetVersion: SemanticVersion? = nil
        ) {
            self.allowsOutOfOrder = allowsOutOfOrder
            self.down = down
            self.application = application
            self.now = now
            self.leavesBatches = leavesBatches
            self.targetVersion = targetVersion
        }
    }

    /// The application version that counts: the option's, else the catalogue's.
    public var application: SemanticVersion? { options.application ?? catalogue.applicationVersion }

    /// Every version that has a migration, in the folder or in the history, ascending.
    public var knownVersions: [SemanticVersion] {
        var versions = Set(migrations.lazy.map(\.id.version))
        versions.formUnion(history.applied.lazy.map(\.id.version))
        versions.formUnion(history.halfApplied.lazy.map(\.id.version))
        return versions.sorted()
    }

    /// The database version: the highest version all of whose migrations are applied.
    public var databaseVersion: SemanticVersion? {
        Self.databaseVersion(
            files: migrations.lazy.map(\.id), applied: Set(history.applied.map(\.id)))
    }

    /// The migrations by their ids.
    var files: [MigrationID: Migration] {
        Dictionary(uniqueKeysWithValues: migrations.lazy.map { ($0.id, $0) })
    }

    /// The highest version all of whose migrations, in the folder or in the history, are applied.
    package static func databaseVersion(
        files: some Sequence<MigrationID>, applied: Set<MigrationID>
    ) -> SemanticVersion? {
        guard !applied.isEmpty else { return nil }
        let incomplete = Set(files.filter { !applied.contains($0) }.map(\.version))
        return applied.lazy.map(\.version).filter { !incomplete.contains($0) }.max()
    }
}
