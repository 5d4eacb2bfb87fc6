import ApusCore
import ApusEngine
import ApusLint
import ApusWeb
import Foundation
import Hummingbird
import Logging
import ServiceLifecycle
import UnixSignals

/// The application: its own pages, and Apus's beside them.
struct HostServer: Sendable {
    private let settings: HostSettings
    private let host: String
    private let port: Int
    private let logger: Logger

    init(_ settings: HostSettings, host: String, port: Int) {
        self.settings = settings
        self.host = host
        self.port = port
        var logger = Logger(label: "guest-registration") {
            StreamLogHandler.standardError(label: $0)
        }
        logger.logLevel = .notice
        self.logger = logger
    }

    private var isLoopback: Bool { ["127.0.0.1", "localhost", "::1"].contains(host) }
    /// Without a proxy in front, browsers come to this machine's own address by plain HTTP.
    private var isSecure: Bool {
        settings.web.isSecure && !(isLoopback && settings.web.hosts.isEmpty)
    }

    /// Serves until the process is told to stop.
    func run() async throws {
        let driver = try settings.driver()
        guard let gate = Gate(driver: driver, catalogue: settings.catalogue) else {
            throw Diagnostics([
                Diagnostic(
                    .configurationInvalid,
                    "the catalogue does not say which database this application needs")
            ])
        }
        let rows = settings.rows()
        let watch = GateWatch(gate, logger: logger) { try? await rows.prepare() }
        try await watch.start()

        let sessions = Sessions(isSecure: isSecure)
        let (accounts, notes) = try accounts()
        let administration = Administration(
            migrator: settings.migrator(driver), authorizer: HostAuthorizer(sessions: sessions),
            configuration: Configuration(
                title: "Guest Registration", environment: settings.environment,
                hosts: Set(settings.web.hosts), isSecure: isSecure, review: .lint(),
                rehearsal: RehearsalRequest(tests: settings.tests(driver.engine)),
                plannedLocks: .forecast),
            logger: logger)
        let router = router(
            SignInRoutes(accounts: accounts, sessions: sessions), watch,
            Registry(database: rows), administration)
        let application = Application(
            router: router,
            configuration: ApplicationConfiguration(address: .hostname(host, port: port)),
            onServerRunning: { [host] channel in
                let port = channel.localAddress?.port ?? 0
                Self.say(notes + ["Guest Registration: http://\(host):\(port)/"])
            },
            logger: logger)
        // The last is stopped first: a run ends in order while its page is still served.
        let services: [any Service] = [
            application, watch, administration, ScheduleService(administration),
        ]
        try await ServiceGroup(
            services: services, gracefulShutdownSignals: [.sigterm, .sigint], logger: logger
        ).run()
    }

    private func router(
        _ signIn: SignInRoutes, _ watch: GateWatch, _ registry: Registry,
        _ administration: Administration
    ) -> Router<HostContext> {
        let router = Router(context: HostContext.self)
        router.add(middleware: PageMiddleware(sessions: signIn.sessions))
        administration.mount(on: router)
        Assets.add(to: router)
        signIn.add(to: router)
        // The gate stands before the sign-in: whoever comes during maintenance is told why.
        let pages = router.group()
            .add(middleware: GateMiddleware(watch: watch))
            .add(middleware: SignedInMiddleware())
        TripsPage.add(to: pages, registry)
        TripPage.add(to: pages, registry)
        GuestPage.add(to: pages, registry)
        HousekeepingPage.add(to: pages, registry)
        return router
    }

    /// The configured accounts. Without any, two for this start alone, on this machine's own address
    /// only.
    private func accounts() throws -> (Accounts, notes: [String]) {
        let configured = try Accounts.configured(settings.web)
        if !configured.isEmpty { return (try Accounts(configured.map { ($0.0, $0.1) }), []) }
        guard isLoopback else {
            throw Diagnostics([
                Diagnostic(
                    .configurationInvalid, "nobody could sign in: no users are configured",
                    help: ["add users to apus.yaml; apus password makes their passwords' hashes"])
            ])
        }
        let made = [("ana", Account.Role.operator), ("luka", .viewer)].map { name, role in
            (account: Account(name: name, role: role), password: Secrets.password())
        }
        let accounts = try Accounts(made.map { ($0.account, try PasswordHash(of: $0.password)) })
        let notes = made.map {
            "Sign in as \($0.account.name) (\($0.account.role)): \($0.password)"
        }
        return (accounts, ["No users are configured; until this stops:"] + notes)
    }

    private static func say(_ lines: [String]) {
        FileHandle.standardOutput.write(Data((lines.joined(separator: "\n") + "\n").utf8))
    }
}
