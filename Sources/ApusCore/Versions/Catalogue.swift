/// What a project declares about its versions: the content of `versions.yaml`.
///
/// Every part is optional. An empty catalogue allows every upgrade and finds every application
/// compatible.
public struct Catalogue: Hashable, Sendable {
    /// The version of the application that this catalogue was shipped with.
    public var applicationVersion: SemanticVersion?
    /// The version that ``minimumDatabase`` and ``database`` are said of, where another one is judged.
    public private(set) var otherApplication: SemanticVersion?
    /// The lowest database version that the application runs against.
    public var minimumDatabase: SemanticVersion?
    /// The database version that the application is built for.
    public var database: SemanticVersion?
    /// In ascending order of their versions, each version once.
    public let releases: [Release]
    public var upgradePaths: UpgradePaths
    /// In ascending order of their versions.
    public let roadmap: [RoadmapEntry]

    public init(
        applicationVersion: SemanticVersion? = nil,
        minimumDatabase: SemanticVersion? = nil,
        database: SemanticVersion? = nil,
        releases: [Release] = [],
        upgradePaths: UpgradePaths = UpgradePaths(),
        roadmap: [RoadmapEntry] = []
    ) {
        self.applicationVersion = applicationVersion
        self.minimumDatabase = minimumDatabase
        self.database = database
        self.releases = releases.sorted { $0.version < $1.version }
        self.upgradePaths = upgradePaths
        self.roadmap = roadmap.sorted { $0.version < $1.version }
    }

    /// Declares nothing.
    public static let empty = Catalogue()

    /// The lowest database version that the application is known to need: nobody knows it of another
    /// application than the catalogue's.
    package var knownNeed: SemanticVersion? { otherApplication == nil ? minimumDatabase : nil }

    /// What is declared about one version.
    public func release(_ version: SemanticVersion) -> Release? {
        releases.first { $0.version == version }
    }

    /// The same declarations, judged for another version of the application; `nil` changes nothing.
    public func overridingApplicationVersion(_ version: SemanticVersion?) -> Catalogue {
        var catalogue = self
        guard let version, version != applicationVersion else { return catalogue }
        catalogue.otherApplication = otherApplication ?? applicationVersion
        catalogue.applicationVersion = version
        return catalogue
    }

    /// The breaking changes that a database crosses on its way: those of the releases above `from`,
    /// up to and including `to`. A database that is only now created (`nil`) crosses none.
    public func breakingChanges(
        after from: SemanticVersion?, through to: SemanticVersion
    ) -> [BreakingChange] {
        guard let from else { return [] }
        return releases.lazy.filter { from < $0.version && $0.version <= to }.flatMap { release in
            release.breakingChanges.map { BreakingChange(version: release.version, text: $0) }
        }
    }
}
