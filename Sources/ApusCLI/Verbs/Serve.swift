import ApusCore
import ApusEngine
import ApusLint
import ApusWeb
import ArgumentParser
import Foundation
import Logging
import ServiceLifecycle

/// `apus serve`
struct Serve: Verb {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Serve the admin page and the API.",
        discussion:
            "On this machine's own address it prints a link that signs you in once. Elsewhere it needs users in the configuration: apus password makes what goes there."
    )

    @OptionGroup var output: OutputOptions
    @OptionGroup var project: ProjectOptions

    @Option(help: "The address to listen at.")
    var host = "127.0.0.1"

    @Option(help: "The port to listen at; 0 takes any that is free.")
    var port = 8080

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp(
            "Documents of apus analytics --json, of other databases, for the page of analytics.",
            valueName: "file"))
    var analyticsFrom: [String] = []

    func run(in project: Project) async throws(Diagnostics) -> ExitStatus {
        let migrator = try project.migrator()
        let settings = try project.webSettings()
        let isLoopback = ["127.0.0.1", "localhost", "::1"].contains(host)
        guard isLoopback || !settings.users.isEmpty || !settings.tokens.isEmpty else {
            throw Diagnostics([
                Diagnostic(
                    .configurationInvalid, "nobody could sign in: no users are configured",
                    details: ["links that sign in are printed on this machine's own address only"],
                    help: ["add users to apus.yaml; apus password makes their passwords' hashes"])
            ])
        }
        guard !settings.hosts.isEmpty || !["0.0.0.0", "::"].contains(host) else {
            throw Diagnostics([
                Diagnostic(
                    .configurationInvalid,
                    "no request would be answered: nobody comes under the name \(host)",
                    help: [
                        "say in apus.yaml, below `web`, under which names they come: hosts: [NAME]"
                    ])
            ])
        }
        _ = try otherFigures()
        let configuration = try configuration(project, settings, isLoopback: isLoopback)
        let signIn = SignIn(
            users: try settings.users.map { (user) throws(Diagnostics) in try Self.user(user) },
            tokens: settings.tokens.map {
                SignIn.Token(name: $0.name, digest: $0.digest, access: Self.access($0.scopes))
            }, pages: configuration.pages, isSecure: configuration.isSecure)
        let administration = Administration(
            migrator: migrator, authorizer: signIn, configuration: configuration,
            logger: Self.logger(verbose: output.verbose))
        let console = project.console
        project.announce(migrator)
        let server = StandaloneServer(administration, host: host, port: port) { [host] port in
            let name = host.contains(":") ? "[\(host)]" : host
            let path =
                isLoopback
                ? signIn.oneTimePath(name: NSUserName(), access: .act(Set(Role.allCases)))
                : configuration.pages
            console.print(
                "\(isLoopback ? "Sign in, once" : "Serving"): http://\(name):\(port)\(path)")
            if configuration.isSecure {
                console.print("Browsers have to come by https: put a proxy in front of it.")
            }
            console.print("Stop with Ctrl-C; a run that goes on is then ended in order.")
        }
        try await Self.serve(
            server, ScheduleService(administration), host: host, port: port)
        return .success
    }

    /// Reads the files; one that cannot be read is told at once, and later on the page.
    private var otherFigures: @Sendable () throws(Diagnostics) -> [EnvironmentFigures] {
        { [analyticsFrom] () throws(Diagnostics) in
            try analyticsFrom.map { (path) throws(Diagnostics) in try FiguresFile.read(path) }
        }
    }

    private func configuration(
        _ project: Project, _ settings: WebSettings, isLoopback: Bool
    ) throws(Diagnostics) -> Configuration {
        let (webhooks, missing) = project.webhooks(settings)
        guard missing.isEmpty else {
            throw Diagnostics(missing.map { $0.withoutSecret(.error) })
        }
        return Configuration(
            title: project.settings.text(.name) ?? "Apus", environment: project.environment,
            hosts: Set(settings.hosts + (isLoopback ? [] : [host])),
            // Without a proxy in front, browsers come to this machine's own address by plain HTTP.
            isSecure: settings.isSecure && !(isLoopback && settings.hosts.isEmpty),
            hasPublicVersions: settings.hasPublicVersions,
            hasPublicMetrics: settings.hasPublicMetrics, webhooks: webhooks,
            trustedProxies: Set(settings.trustedProxies),
            review: .lint(try project.lintConfiguration()),
            rehearsal: try project.rehearsalRequest(try project.engine()),
            catalogue: { [settings = project.settings] () throws(Diagnostics) in
                try Project.catalogue(of: settings)
            },
            plannedLocks: .forecast, otherFigures: otherFigures)
    }

    private static func user(_ user: WebSettings.User) throws(Diagnostics) -> SignIn.User {
        guard let hash = PasswordHash(user.password) else {
            throw Diagnostics([
                Diagnostic(
                    .configurationInvalid, "user \(user.name): the password is no scrypt hash",
                    help: ["make one: apus password"])
            ])
        }
        return SignIn.User(name: user.name, password: hash, access: access(user.scopes))
    }

    private static func access(_ scopes: [WebSettings.Scope]) -> Access {
        var roles: Set<Role> = []
        if scopes.contains(.operate) { roles.insert(.operator) }
        if scopes.contains(.download) { roles.insert(.download) }
        return roles.isEmpty ? .read : .act(roles)
    }

    /// Serves until the task is cancelled, then ends in order.
    private static func serve(
        _ server: StandaloneServer, _ schedule: ScheduleService, host: String, port: Int
    ) async throws(Diagnostics) {
        var configuration = ServiceGroupConfiguration(
            services: [.init(service: server), .init(service: schedule)], logger: quiet)
        // Runs are asked to end at once, and waited for as long as they need; a client that takes
        // no more of a download is not.
        configuration.maximumGracefulShutdownDuration = .seconds(20)
        let group = ServiceGroup(configuration: configuration)
        let running = Task.detached { try await group.run() }
        do {
            try await withTaskCancellationHandler {
                try await running.value
            } onCancel: {
                Task { await group.triggerGracefulShutdown() }
            }
        } catch {
            // Told to stop, and not in time: that is said by what was left.
            if Task.isCancelled { return }
            throw Diagnostics([
                Diagnostic(
                    .configurationInvalid, "cannot listen at \(host):\(port): \(error)",
                    help: ["choose another: apus serve --port 8081"])
            ])
        }
    }

    private static func logger(verbose: Bool) -> Logger {
        var logger = Logger(label: "apus.web") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = verbose ? .debug : .info
        return logger
    }

    /// What the service group says of itself is told by the command itself.
    private static var quiet: Logger {
        Logger(label: "apus.services") { _ in SwiftLogNoOpLogHandler() }
    }
}
