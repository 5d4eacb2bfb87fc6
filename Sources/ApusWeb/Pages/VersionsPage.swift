import ApusCore
import ApusEngine
import Hummingbird

/// Which versions fit each other, what each release brought, and what is planned.
struct VersionsPage: Sendable {
    struct Row: Sendable {
        var database: String
        var isHere: Bool
        var minimumApplication: String
        var verdict: Tone
        var reason: String?
    }

    struct ReleaseView: Sendable {
        var version: String
        var state: Tone
        var title: String?
        var date: String?
        var features: [String]
        var hasFeatures: Bool
        var breaking: [String]
        var hasBreaking: Bool
        var notes: [String]
        var hasNotes: Bool
        var isStop: Bool
    }

    struct Edge: Sendable {
        var from: String
        var to: String
    }

    var verdict: Tone
    var reasons: [String]
    var application: String
    var minimum: String
    var rows: [Row]
    var hasRows: Bool
    var picture: String?
    var edges: [Edge]
    var releases: [ReleaseView]
    var roadmap: [ReleaseView]
    var hasReleases: Bool
    var hasRoadmap: Bool

    static let routes = [
        Route(.pages, .get, "/versions", .look) { exchange in
            let sight = try await exchange.site.states.currentOrLast()
            let page = VersionsPage(sight.overview.state, exchange.site.migrator.catalogue)
            return exchange.page("versions", page, title: "Versions", current: "/versions")
        }
    ]

    init(_ state: DatabaseState, _ catalogue: Catalogue) {
        let judged = catalogue.overridingApplicationVersion(state.application)
        verdict = Tone(state.compatibility.verdict)
        reasons = state.compatibility.reasons
        application = state.application?.description ?? "not declared"
        minimum = catalogue.minimumDatabase?.description ?? "not declared"
        let known = Set(state.migrations.map(\.id.version)).union(catalogue.releases.map(\.version))
        rows = known.sorted(by: >).map { version in
            let compatibility = judged.compatibility(ofDatabase: version)
            return Row(
                database: version.description, isHere: version == state.version,
                minimumApplication: judged.minimumApplication(ofDatabase: version)?.description
                    ?? "any",
                verdict: Tone(compatibility.verdict),
                reason: compatibility.isCompatible ? nil : compatibility.reasons.last)
        }
        hasRows = !rows.isEmpty
        let paths = PathsPicture(catalogue.upgradePaths, here: state.version)
        picture = paths.isEmpty ? nil : paths.svg
        edges = paths.edges.map { Edge(from: $0.from.description, to: $0.to.description) }
        let applied = Set(state.history.applied.map(\.id.version))
        releases = catalogue.releases.reversed().map { release in
            ReleaseView(
                release,
                state: release.version == state.version
                    ? Tone("calm", "◆", "the database is here")
                    : applied.contains(release.version)
                        ? Tone("good", "✓", "applied") : Tone("next", "○", "not applied"))
        }
        roadmap = catalogue.roadmap.map(ReleaseView.init)
        hasReleases = !releases.isEmpty
        hasRoadmap = !roadmap.isEmpty
    }
}

extension VersionsPage.ReleaseView {
    init(_ release: Release, state: Tone) {
        self.init(
            version: release.version.description, state: state, title: release.title,
            date: release.date?.description, features: release.features,
            hasFeatures: !release.features.isEmpty, breaking: release.breakingChanges,
            hasBreaking: !release.breakingChanges.isEmpty, notes: release.upgradeNotes,
            hasNotes: !release.upgradeNotes.isEmpty, isStop: release.isRequiredStop)
    }

    init(_ entry: RoadmapEntry) {
        self.init(
            version: entry.version.description, state: Tone("calm", "◌", "planned"),
            title: entry.title, date: nil, features: entry.features,
            hasFeatures: !entry.features.isEmpty, breaking: [], hasBreaking: false, notes: [],
            hasNotes: false, isStop: false)
    }
}
