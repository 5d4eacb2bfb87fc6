import ApusCore
import ApusEngine
import Crypto
import Hummingbird
import Logging
import Mustache

/// What all routes share.
struct Site: Sendable {
    private let base: Migrator
    let catalogue: LiveCatalogue
    let authorizer: any Authorizer
    let configuration: Configuration
    let states: StateReader
    let analytics: SharedReading<Analytics>
    let keeper: RunKeeper
    let watches: RunWatches
    let jobs: Jobs
    let dataWork: DataWork
    let notifier: Notifier
    let tokens: FormTokens
    let hosts: HostCheck
    let rates: RateLimit
    let sharedRates: RateLimit
    let streams: StreamLimit
    let templates = Templates.library
    let logger: Logger

    init(
        migrator: Migrator, authorizer: any Authorizer, configuration: Configuration,
        logger: Logger
    ) {
        var migrator = migrator
        migrator.lookCache = migrator.lookCache ?? LookCache()
        base = migrator
        let catalogue = LiveCatalogue(migrator.catalogue, read: configuration.catalogue)
        self.catalogue = catalogue
        self.authorizer = authorizer
        self.configuration = configuration
        self.logger = logger
        let states = StateReader(
            migrator: migrator, catalogue: catalogue, patience: configuration.limits.patience)
        self.states = states
        tokens = FormTokens(secret: configuration.formSecret)
        let notifier = Notifier(
            webhooks: configuration.webhooks, database: migrator.driver.target.name,
            logger: logger)
        self.notifier = notifier
        let keeper = RunKeeper(
            migrator: migrator, catalogue: catalogue, states: states, notifier: notifier,
            logger: logger)
        self.keeper = keeper
        watches = RunWatches(states: states, keeper: keeper)
        jobs = Jobs(
            migrator: migrator, states: states, notifier: notifier, logger: logger)
        analytics = Self.analytics(migrator, catalogue, configuration)
        let working = migrator
        dataWork = DataWork(
            migrator: {
                var migrator = working
                migrator.catalogue = catalogue.now
                migrator.options.startedBy = "apus serve"
                return migrator
            }, logger: logger)
        hosts = HostCheck(configuration.hosts)
        rates = RateLimit(perMinute: configuration.limits.requestsPerMinute)
        sharedRates = RateLimit(perMinute: configuration.limits.sharedRequestsPerMinute)
        streams = StreamLimit(
            perSession: configuration.limits.streamsPerSession,
            inAll: configuration.limits.streams)
    }

    /// What the journal says, beside what those of other environments said.
    private static func analytics(
        _ migrator: Migrator, _ catalogue: LiveCatalogue, _ configuration: Configuration
    ) -> SharedReading<Analytics> {
        let environment =
            configuration.environment.isEmpty
            ? migrator.driver.target.name : configuration.environment
        return SharedReading {
            do throws(Diagnostics) {
                var migrator = migrator
                migrator.catalogue = catalogue.now
                let others = try configuration.otherFigures?() ?? []
                return .success(
                    try await migrator.analytics(environment: environment, besides: others))
            } catch {
                return .failure(error)
            }
        }
    }

    /// With the catalogue as it was read last.
    var migrator: Migrator {
        var migrator = base
        migrator.catalogue = catalogue.now
        return migrator
    }

    /// Takes no more orders, ends what goes on in order, and waits for that.
    func stop() async {
        await keeper.stop()
        await jobs.stop()
        await dataWork.stop()
        await notifier.drain()
        await base.lookCache?.closeSession()
    }

    func prefix(of place: Route.Place) -> String {
        switch place {
        case .pages: configuration.pages
        case .api: configuration.api
        case .server: ""
        }
    }

    /// Every route there is. A page's, or an endpoint's, stand in its own file.
    ///
    /// - Parameter isAlone: Whether nobody else answers below the API's path.
    func routes(isAlone: Bool = false) -> [Route] {
        let listed =
            AssetRoutes.routes + SignInPage.routes(authorizer) + OverviewPage.routes
            + PlanPage.routes + ChecksPage.routes + RehearsalPage.routes + DataPage.routes
            + StartRoutes.routes + RunPage.routes + CancelPage.routes + SchedulePage.routes
            + ScheduleForm.routes + ScheduleEntryPage.routes
            + RunsPage.routes + MigrationPage.routes + BackupsPage.routes + VersionsPage.routes
            + GraphPage.routes + AnalyticsPage.routes + HealthPage.routes + AuditPage.routes
            + ThemeRoutes.routes
            + HealthRoutes.routes
            + MetricsRoute.routes(isPublic: configuration.hasPublicMetrics)
            + VersionAPI.routes(isPublic: configuration.hasPublicVersions)
            + MigrationsAPI.routes + GraphAPI.routes + AnalyticsAPI.routes + PlansAPI.routes
            + LintAPI.routes
            + RehearsalsAPI.routes + DataAPI.routes + RunsAPI.routes + ScheduleAPI.routes
            + BackupsAPI.routes
            + OpenAPI.routes
            + (isAlone ? [Route.Place.pages, .api] : [.pages]).map {
                Route($0, .get, Route.anythingElse, .look) { _ in throw Problem.notFound }
            }
        let all = listed + Self.heads(of: listed)
        return all + OtherMethods.routes(besides: all)
    }

    /// What can be got can be asked for without its body.
    private static func heads(of routes: [Route]) -> [Route] {
        routes.filter { $0.method == .get && !$0.isStream }.map { route in
            var head = route
            head.method = .head
            head.answer = { try await route.answer($0).createHeadResponse() }
            return head
        }
    }
}
