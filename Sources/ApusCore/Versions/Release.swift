/// What the catalogue says about one version.
public struct Release: Hashable, Sendable {
    public var version: SemanticVersion
    public var date: CalendarDate?
    public var title: String?
    public var features: [String]
    /// The database version that this release's application is built for.
    public var database: SemanticVersion?
    /// What stops working for whoever relied on it, an item each.
    public var breakingChanges: [String]
    /// What an operator should know or do around the upgrade, an item each.
    public var upgradeNotes: [String]
    /// The lowest application version that still runs against this version's database.
    public var minimumApplication: SemanticVersion?
    /// Whether a run that would cross this version must end at it first, so that its application can
    /// be deployed in between.
    public var isRequiredStop: Bool
    /// Where the catalogue's file describes it, 1 for the first line; 0 where there is no file.
    public var line: Int

    public init(
        version: SemanticVersion,
        date: CalendarDate? = nil,
        title: String? = nil,
        features: [String] = [],
        database: SemanticVersion? = nil,
        breakingChanges: [String] = [],
        upgradeNotes: [String] = [],
        minimumApplication: SemanticVersion? = nil,
        isRequiredStop: Bool = false,
        line: Int = 0
    ) {
        self.version = version
        self.date = date
        self.title = title
        self.features = features
        self.database = database
        self.breakingChanges = breakingChanges
        self.upgradeNotes = upgradeNotes
        self.minimumApplication = minimumApplication
        self.isRequiredStop = isRequiredStop
        self.line = line
    }
}

/// A version that is planned and has no release yet.
public struct RoadmapEntry: Hashable, Sendable {
    public var version: SemanticVersion
    public var title: String?
    public var features: [String]

    public init(version: SemanticVersion, title: String? = nil, features: [String] = []) {
        self.version = version
        self.title = title
        self.features = features
    }
}

/// One breaking change, and the release that brings it.
public struct BreakingChange: Hashable, Sendable {
    public var version: SemanticVersion
    public var text: String

    public init(version: SemanticVersion, text: String) {
        self.version = version
        self.text = text
    }
}
