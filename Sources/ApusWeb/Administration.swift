import ApusCore
public import ApusEngine
public import Hummingbird
public import Logging
public import ServiceLifecycle

/// The migration pages, the API and the health checks, ready to be mounted on a router.
///
/// ```swift
/// let administration = Administration(
///     migrator: migrator, authorizer: HostAuthorizer(),
///     configuration: Configuration(title: "Guest Registration", hosts: ["rentals.example"]))
/// let router = Router(context: PeerContext.self)
/// administration.mount(on: router)
/// let services: [any Service] = [Application(router: router), administration]
/// try await ServiceGroup(
///     services: services, gracefulShutdownSignals: [.sigterm, .sigint], logger: logger
/// ).run()
/// ```
///
/// It is a service as well: as long as it runs, runs go on whoever looks; when it is told to stop,
/// it stops them in order and waits until they have ended. Stand it behind the server in the group:
/// a group stops its last service first, and a server waits for whoever looks at a run.
public struct Administration: Service {
    let site: Site

    /// There is no way to mount the pages without saying who may see them: the authorizer has no
    /// default.
    public init(
        migrator: Migrator, authorizer: any Authorizer,
        configuration: Configuration = Configuration(),
        logger: Logger = Logger(label: "apus.web")
    ) {
        site = Site(
            migrator: migrator, authorizer: authorizer, configuration: configuration,
            logger: logger)
    }

    /// Adds every route to a router, below the paths of the configuration.
    ///
    /// The router's context should be ``PeerContext``, or another `RemoteAddressRequestContext`: with
    /// one that knows no address the audit names none, and whoever is not signed in shares one
    /// limit with everybody else.
    public func mount<Context: RequestContext>(on router: some RouterMethods<Context>) {
        mount(on: router, isAlone: false)
    }

    /// - Parameter isAlone: Whether the application has no other routes below the API's path.
    func mount<Context: RequestContext>(on router: some RouterMethods<Context>, isAlone: Bool) {
        let gatekeeper = Gatekeeper(site: site)
        let clients = ClientAddress(trusting: site.configuration.trustedProxies)
        for route in site.routes(isAlone: isAlone) {
            let path = RouterPath(site.prefix(of: route.place) + route.path)
            router.on(path, method: route.method) { request, context in
                await gatekeeper.answer(
                    route, request, context.parameters,
                    address: clients.of(
                        request.headers,
                        peer: (context as? any RemoteAddressRequestContext)?.remoteAddress?
                            .ipAddress),
                    logger: context.logger)
            }
        }
    }

    /// Keeps runs going until the service group shuts down.
    public func run() async throws {
        await site.dataWork.start()
        try? await gracefulShutdown()
        await site.stop()
    }
}
