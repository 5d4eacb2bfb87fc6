public import Hummingbird
import Logging
public import NIOCore
public import ServiceLifecycle

/// Serves an ``Administration`` alone, as `apus serve` does.
public struct StandaloneServer: Service {
    private let administration: Administration
    private let host: String
    private let port: Int
    private let logger: Logger
    private let onRunning: @Sendable (Int) -> Void

    /// - Parameters:
    ///   - port: 0 takes any that is free.
    ///   - onRunning: Called with the port when the server listens.
    public init(
        _ administration: Administration, host: String, port: Int,
        onRunning: @escaping @Sendable (Int) -> Void = { _ in }
    ) {
        self.administration = administration
        self.host = host
        self.port = port
        logger = administration.site.logger
        self.onRunning = onRunning
    }

    /// Listens until the service group shuts down. Throws where the address cannot be listened at.
    public func run() async throws {
        let router = Router(context: PeerContext.self)
        administration.mount(on: router, isAlone: true)
        let home = administration.site.configuration.pages
        router.get("/") { _, _ in Response(status: .seeOther, headers: [.location: home]) }
        let application = Application(
            router: router,
            server: .http1(configuration: .init(idleTimeout: .seconds(30))),
            configuration: ApplicationConfiguration(address: .hostname(host, port: port)),
            services: [administration],
            onServerRunning: { [onRunning] channel in
                onRunning(channel.localAddress?.port ?? 0)
            },
            logger: Self.quiet(logger))
        let site = administration.site
        // At once, and not when the last connection has ended: a client that takes no more of
        // a download would keep a run going.
        try await withGracefulShutdownHandler {
            try await application.run()
        } onGracefulShutdown: {
            Task { await site.stop() }
        }
    }

    /// The server's own start and stop are no news to whoever started it.
    private static func quiet(_ logger: Logger) -> Logger {
        var logger = logger
        logger.logLevel = max(logger.logLevel, .notice)
        return logger
    }
}

/// A request's context that knows where it came from.
public struct PeerContext: RequestContext, RemoteAddressRequestContext {
    public var coreContext: CoreRequestContextStorage
    public internal(set) var remoteAddress: SocketAddress?

    public init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        remoteAddress = source.channel.remoteAddress
    }
}
