import ApusCore
import ApusEngine

/// `apus.version/1`
struct VersionCurrentBody: Encodable {
    var target: TargetBody
    var databaseVersion: String?
    var applicationVersion: String?

    init(_ state: DatabaseState) {
        target = TargetBody(state.target)
        databaseVersion = state.version?.description
        applicationVersion = state.application?.description
    }
}

/// `apus.version-info/1`
struct VersionInfoBody: Encodable {
    var target: TargetBody
    var databaseVersion: String?
    var applicationVersion: String?
    var minimumDatabase: String?
    var minimumApplication: String?
    var compatibility: CompatibilityBody
    var pending: [String]
    var release: ReleaseBody?
    var roadmap: [RoadmapBody]

    init(_ state: DatabaseState, _ catalogue: Catalogue) {
        target = TargetBody(state.target)
        databaseVersion = state.version?.description
        applicationVersion = state.application?.description
        minimumDatabase = state.minimumDatabase?.description
        minimumApplication = state.history.minimumApplication?.description
        compatibility = CompatibilityBody(state.compatibility)
        pending = state.pending.map(\.id.description)
        release = state.version.flatMap(catalogue.release).map(ReleaseBody.init)
        roadmap = catalogue.roadmap.map(RoadmapBody.init)
    }
}

/// `apus.changelog/1`
struct ChangelogBody: Encodable {
    var releases: [ReleaseBody]
    var roadmap: [RoadmapBody]

    init(_ releases: [Release], _ roadmap: [RoadmapEntry]) {
        self.releases = releases.map(ReleaseBody.init)
        self.roadmap = roadmap.map(RoadmapBody.init)
    }
}

struct ReleaseBody: Encodable {
    var version: String
    var date: String?
    var title: String?
    var features: [String]
    var database: String?
    var minimumApplication: String?
    var breakingChanges: [String]
    var upgradeNotes: [String]
    var requiredStop: Bool

    init(_ release: Release) {
        version = release.version.description
        date = release.date?.description
        title = release.title
        features = release.features
        database = release.database?.description
        minimumApplication = release.minimumApplication?.description
        breakingChanges = release.breakingChanges
        upgradeNotes = release.upgradeNotes
        requiredStop = release.isRequiredStop
    }
}

struct RoadmapBody: Encodable {
    var version: String
    var title: String?
    var features: [String]

    init(_ entry: RoadmapEntry) {
        version = entry.version.description
        title = entry.title
        features = entry.features
    }
}

/// `apus.compatibility/1`
struct CompatibilityReportBody: Encodable {
    /// Left out where the catalogue alone was asked.
    var target: TargetBody?
    var databaseVersion: String?
    var applicationVersion: String?
    var minimumDatabase: String?
    var minimumApplication: String?
    var compatibility: CompatibilityBody
}

/// `apus.version-history/1`
struct VersionHistoryBody: Encodable {
    var target: TargetBody
    var migrations: [AppliedBody]

    init(_ history: History, _ target: DatabaseTarget) {
        self.target = TargetBody(target)
        migrations = history.applied.map(AppliedBody.init)
    }
}

struct AppliedBody: Encodable {
    var id: String
    var version: String
    var name: String
    var appliedAt: String
    var appliedBy: String
    var durationSeconds: Double
    var run: Int64
    var baseline: Bool
    var checksum: String

    init(_ applied: AppliedMigration) {
        id = applied.id.description
        version = applied.id.version.description
        name = applied.id.name
        appliedAt = applied.appliedAt.isoText
        appliedBy = applied.appliedBy
        durationSeconds = applied.duration.inSeconds
        run = applied.run.number
        baseline = applied.isBaseline
        checksum = applied.checksum.hex
    }
}

/// `apus.version-path/1`
struct VersionPathBody: Encodable {
    var from: String
    var to: String
    /// The versions that each run visits; between two of them lies a required stop.
    var legs: [[String]]
    var requiredStops: [String]
    var breakingChanges: [BreakingChangeBody]

    init(_ journey: UpgradeJourney, from: SemanticVersion, to: SemanticVersion) {
        self.from = from.description
        self.to = to.description
        legs = journey.legs.map { $0.map(\.description) }
        requiredStops = journey.stops.map(\.description)
        breakingChanges = journey.breakingChanges.map(BreakingChangeBody.init)
    }
}
