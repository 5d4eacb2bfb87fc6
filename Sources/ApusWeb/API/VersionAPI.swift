import ApusCore
import ApusEngine
import Hummingbird

/// What other programs ask: which versions are these, and do they fit.
enum VersionAPI {
    static func routes(isPublic: Bool) -> [Route] {
        let need: Route.Need = isPublic ? .nothing : .look
        return [
            Route(.api, .get, "/version", need, isShared: true, answer: version),
            Route(
                .api, .get, "/version/compatibility", need, isShared: true, answer: compatibility),
            Route(.api, .get, "/version/changelog", need, isShared: true) { exchange in
                try changelog(exchange, of: nil)
            },
            Route(.api, .get, "/version/changelog/{version}", need, isShared: true) { exchange in
                let text = try exchange.parameter("version")
                return try changelog(exchange, of: try exchange.version(text, of: "version"))
            },
        ]
    }

    /// These answers hold for a moment: a thousand clients ask the database once.
    static let patience = Duration.milliseconds(500)

    private static func version(_ exchange: Exchange) async throws -> Response {
        let sight = try await exchange.site.states.current(atMost: patience)
        return JSONAnswer.response(
            VersionDocument(sight.overview.state, exchange.site.migrator.catalogue))
    }

    private static func compatibility(_ exchange: Exchange) async throws -> Response {
        let catalogue = exchange.site.migrator.catalogue
        let application = try exchange.given("application").map {
            try exchange.version($0, of: "application")
        }
        let judged = catalogue.overridingApplicationVersion(application)
        if let text = exchange.given("database") {
            let database = try exchange.version(text, of: "database")
            return JSONAnswer.response(
                CompatibilityReportDocument(
                    database: database, catalogue: judged,
                    minimumApplication: judged.minimumApplication(ofDatabase: database),
                    judged.compatibility(ofDatabase: database)))
        }
        let state = try await exchange.site.states.current(atMost: patience).overview.state
        let serves = state.history.minimumApplication
        let asked = catalogue.overridingApplicationVersion(application ?? state.application)
        let verdict = Compatibility.judge(
            application: asked.applicationVersion, needs: asked.minimumDatabase,
            database: state.version, serves: serves, expects: asked.database,
            saidOf: asked.otherApplication)
        return JSONAnswer.response(
            CompatibilityReportDocument(
                database: state.version, catalogue: asked, minimumApplication: serves, verdict))
    }

    private static func changelog(
        _ exchange: Exchange, of version: SemanticVersion?
    ) throws -> Response {
        do throws(Diagnostic) {
            let changelog = try exchange.site.migrator.catalogue.changelog(of: version)
            return JSONAnswer.response(
                ChangelogDocument(
                    releases: changelog.releases.map(ReleaseDocument.init)
                        + changelog.roadmap.map(ReleaseDocument.init)))
        } catch {
            throw Problem(Diagnostics([error]))
        }
    }
}

struct VersionDocument: Encodable {
    var databaseVersion: String?
    var applicationVersion: String?
    var minimumDatabaseVersion: String?
    var minimumApplicationVersion: String?
    var pendingMigrations: Int
    var compatibility: CompatibilityDocument
    var releaseDate: String?
    var features: [String]
    var breakingChanges: [String]
    var upgradeNotes: [String]

    init(_ state: DatabaseState, _ catalogue: Catalogue) {
        let release = state.version.flatMap(catalogue.release)
        databaseVersion = state.version?.description
        applicationVersion = state.application?.description
        minimumDatabaseVersion = state.minimumDatabase?.description
        minimumApplicationVersion = state.history.minimumApplication?.description
        pendingMigrations = state.pending.count
        compatibility = CompatibilityDocument(state.compatibility)
        releaseDate = release?.date?.description
        features = release?.features ?? []
        breakingChanges = release?.breakingChanges ?? []
        upgradeNotes = release?.upgradeNotes ?? []
    }
}

struct CompatibilityReportDocument: Encodable {
    var databaseVersion: String?
    var applicationVersion: String?
    var minimumDatabaseVersion: String?
    var minimumApplicationVersion: String?
    var compatibility: CompatibilityDocument

    init(
        database: SemanticVersion?, catalogue: Catalogue, minimumApplication: SemanticVersion?,
        _ compatibility: Compatibility
    ) {
        databaseVersion = database?.description
        applicationVersion = catalogue.applicationVersion?.description
        minimumDatabaseVersion = catalogue.knownNeed?.description
        minimumApplicationVersion = minimumApplication?.description
        self.compatibility = CompatibilityDocument(compatibility)
    }
}

struct ChangelogDocument: Encodable {
    var releases: [ReleaseDocument]
}
