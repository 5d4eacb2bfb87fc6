public import ApusCore
public import ApusEngine

/// How the pages and the API are mounted and what they allow.
public struct Configuration: Sendable {
    /// Where the pages are.
    public var pages: String
    /// Where the API is.
    public var api: String
    /// What the page is headed with: the application's name.
    public var title: String
    /// `production`, `staging` …; shown beside the title.
    public var environment: String
    /// The names under which the server is reached, without a port; requests under another name are
    /// answered 421. Loopback names are always allowed.
    public var hosts: Set<String>
    /// Addresses of proxies that say in `X-Forwarded-For` whom they bring: limits and the audit then
    /// go by that address. Everybody else's `X-Forwarded-For` is ignored.
    public var trustedProxies: Set<String>
    /// Whether browsers reach the pages over TLS, also where a proxy ends it: cookies are then
    /// `Secure`.
    public var isSecure: Bool
    /// Whether `/api/version` and what is below it answer without a session.
    public var hasPublicVersions: Bool
    /// Whether `/metrics` answers without a session. It names no migration and no person.
    public var hasPublicMetrics: Bool
    /// What forms are sealed with, the same for all processes that serve the same pages; `nil` where
    /// there is one process.
    public var formSecret: Secret?
    public var limits: Limits
    public var webhooks: [Webhook]
    /// What says which pending statements will hurt: `.lint()` of ApusLint. `nil`: the pages say
    /// nothing of it.
    public var review: MigrationReview?
    /// What a rehearsal that is begun from the pages is like: where it takes place, its budget and
    /// assertions; what it begins with and where it goes is chosen there. `nil`: none can be begun.
    public var rehearsal: RehearsalRequest?
    /// Reads the catalogue again, whenever the state is read; `nil` where the migrator's own stays
    /// what it is.
    public var catalogue: (@Sendable () throws(Diagnostics) -> Catalogue)?
    /// What says what the statements of a plan will lock, for its page: `.forecast` of ApusLint. `nil`:
    /// the page says nothing of it.
    public var plannedLocks: LockPreview?
    /// Reads what the journals of other environments said, whenever the page of analytics is looked at:
    /// see `FiguresFile`. `nil`: it shows this database's own alone.
    public var otherFigures: (@Sendable () throws(Diagnostics) -> [EnvironmentFigures])?

    public init(
        pages: String = "/admin/migrations", api: String = "/api", title: String = "Apus",
        environment: String = "", hosts: Set<String> = [], isSecure: Bool = true,
        hasPublicVersions: Bool = true, hasPublicMetrics: Bool = true, limits: Limits = Limits(),
        webhooks: [Webhook] = [], trustedProxies: Set<String> = [], formSecret: Secret? = nil,
        review: MigrationReview? = nil, rehearsal: RehearsalRequest? = nil,
        catalogue: (@Sendable () throws(Diagnostics) -> Catalogue)? = nil,
        plannedLocks: LockPreview? = nil,
        otherFigures: (@Sendable () throws(Diagnostics) -> [EnvironmentFigures])? = nil
    ) {
        self.pages = pages
        self.api = api
        self.title = title
        self.environment = environment
        self.hosts = hosts
        self.isSecure = isSecure
        self.hasPublicVersions = hasPublicVersions
        self.hasPublicMetrics = hasPublicMetrics
        self.limits = limits
        self.webhooks = webhooks
        self.review = review
        self.rehearsal = rehearsal
        self.trustedProxies = trustedProxies
        self.formSecret = formSecret
        self.catalogue = catalogue
        self.plannedLocks = plannedLocks
        self.otherFigures = otherFigures
    }

    var isProduction: Bool { environment == "production" || environment == "prod" }

    /// What one client may ask for.
    public struct Limits: Hashable, Sendable {
        /// Requests a minute of one session, or of one address without a session.
        public var requestsPerMinute: Int
        /// Requests a minute of one address, or session, for what is answered from memory: versions,
        /// health, metrics, style sheet and script.
        public var sharedRequestsPerMinute: Int
        /// Event streams open at a time, of one session and in all.
        public var streamsPerSession: Int
        public var streams: Int
        /// The largest body, in bytes.
        public var bodyBytes: Int
        /// How long a client may take to send its body.
        public var bodyTime: Duration
        /// How often an event stream says that it is alive.
        public var heartbeat: Duration

        /// How long a page waits for a database that does not answer, before it shows what it was
        /// told last.
        public var patience: Duration

        public init(
            requestsPerMinute: Int = 1200, streamsPerSession: Int = 8, streams: Int = 256,
            bodyBytes: Int = 65_536, bodyTime: Duration = .seconds(10),
            heartbeat: Duration = .seconds(15), sharedRequestsPerMinute: Int = 300_000,
            patience: Duration = .seconds(2)
        ) {
            self.requestsPerMinute = requestsPerMinute
            self.streamsPerSession = streamsPerSession
            self.streams = streams
            self.bodyBytes = bodyBytes
            self.bodyTime = bodyTime
            self.heartbeat = heartbeat
            self.sharedRequestsPerMinute = sharedRequestsPerMinute
            self.patience = patience
        }
    }
}
