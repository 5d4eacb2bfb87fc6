import ApusCore
import ApusEngine
import Synchronization
import SystemPackage

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A PostgreSQL server of our own, for one rehearsal: on a Unix socket in a folder that nobody else
/// can enter, run by somebody who is not root, ended and removed with it.
///
/// It is a child of this process like every other program (``Program``): it ends with it, whatever
/// ends it. Its folder stays then, and the next rehearsal removes it.
final class PrivateServer: Sendable {
    let folder: PrivateServerFolder
    let user: String
    /// `PostgreSQL 15.8`
    let product: String
    let address: PostgresConnectionString
    private let running: Task<String, Never>
    private let ending: Ending

    /// Whether the server's process has ended.
    private final class Ending: Sendable {
        let hasCome = Atomic(false)
    }

    private init(
        folder: PrivateServerFolder, user: String, product: String,
        address: PostgresConnectionString, running: Task<String, Never>, ending: Ending
    ) {
        self.folder = folder
        self.user = user
        self.product = product
        self.address = address
        self.running = running
        self.ending = ending
    }

    /// Makes a cluster and starts it. Throws `privateServerFailed`.
    static func start(
        _ mark: RehearsalMark, with programs: (initdb: PgTool, postgres: PgTool), user: String
    ) async throws(DatabaseError) -> PrivateServer {
        let account = try account()
        let folder = try PrivateServerFolder.make(mark, for: account)
        failpoint("postgres.private.folder")
        let server: PrivateServer
        do throws(DatabaseError) {
            try await initialise(folder, programs.initdb, user: user, account)
            failpoint("postgres.private.initialised")
            let address = try PostgresConnectionString(
                "host='\(folder.path)' port=5432 dbname=postgres user='\(user.inConnectionString)' sslmode=disable gssencmode=disable"
            )
            let ending = Ending()
            let running = run(folder, programs.postgres, account, ending)
            server = PrivateServer(
                folder: folder, user: user,
                product: programs.postgres.version.replacing("postgres ", with: "PostgreSQL "),
                address: address, running: running, ending: ending)
        } catch {
            throw await ended(after: error) { () async throws(DatabaseError) in
                try await folder.remove()
            }
        }
        do throws(DatabaseError) {
            try await server.waitUntilReady()
            failpoint("postgres.private.started")
            return server
        } catch {
            throw await server.stop(after: error)
        }
    }

    private static func initialise(
        _ folder: PrivateServerFolder, _ initdb: PgTool, user: String, _ account: Program.Account?
    ) async throws(DatabaseError) {
        let program = Program(
            initdb.path,
            [
                "--pgdata=\(folder.data)", "--username=\(user)", "--auth=trust", "--no-sync",
                "--encoding=UTF8", "--locale=C",
            ], environment: environment, folder: folder.path, account: account)
        let ending: Program.Ending
        do throws(Program.NotRun) {
            ending = try await program.run()
        } catch {
            if Task.isCancelled { throw DatabaseError(.interrupted, "initdb was interrupted") }
            throw DatabaseError(
                .privateServerFailed, "initdb could not be run", detail: error.reason)
        }
        if Task.isCancelled { throw DatabaseError(.interrupted, "initdb was interrupted") }
        guard ending.isSuccess else {
            throw DatabaseError(
                .privateServerFailed, "initdb failed with exit status \(ending.status)",
                detail: ending.errors)
        }
    }

    /// What it said last, once it has ended.
    private static func run(
        _ folder: PrivateServerFolder, _ postgres: PgTool, _ account: Program.Account?,
        _ end: Ending
    ) -> Task<String, Never> {
        let program = Program(
            postgres.path,
            [
                "-D", folder.data.string, "-k", folder.path.string, "-p", "5432",
                "-c", "listen_addresses=", "-c", "unix_socket_permissions=0700",
                "-c", "max_connections=20", "-c", "logging_collector=off",
            ], environment: environment, folder: folder.path, account: account)
        // Not a part of the rehearsal's task: a cancelled one still has to read from the server.
        return Task.detached {
            defer { end.hasCome.store(true, ordering: .releasing) }
            do throws(Program.NotRun) {
                return try await program.run().errors
            } catch {
                return error.reason
            }
        }
    }

    /// Nothing of another server's settings, and messages that can be read.
    private static let environment = ["LC_ALL": "C", "PGDATA": "", "PGOPTIONS": ""]

    private func waitUntilReady() async throws(DatabaseError) {
        let clock = ContinuousClock()
        let deadline = clock.now + .seconds(60)
        while true {
            let refusal: DatabaseError
            do throws(DatabaseError) {
                let session = try PostgresSession(
                    address: address, names: RegistryNames(schema: "apus"))
                try await session.connect()
                await session.close()
                return
            } catch {
                refusal = error
            }
            if Task.isCancelled {
                throw DatabaseError(.interrupted, "interrupted while a private server started")
            }
            if ending.hasCome.load(ordering: .acquiring) || clock.now > deadline {
                running.cancel()
                throw DatabaseError(
                    .privateServerFailed, "the private server does not start: \(refusal.message)",
                    detail: await running.value)
            }
            // A cancelled sleep ends at once, and the next round says so.
            try? await Task.sleep(for: .milliseconds(50))
        }
    }

    /// Ends it and removes its folder.
    func stop() async throws(DatabaseError) {
        // A fast shutdown: whoever is connected is sent away. Its files are its own until it has ended.
        if let process = folder.postmaster {
            kill(process, SIGINT)
            for _ in 0..<200 where !ending.hasCome.load(ordering: .acquiring) {
                try? await Task.sleep(for: .milliseconds(50))
            }
        }
        running.cancel()
        _ = await running.value
        try await folder.remove()
    }

    /// The same after something else has failed, whatever has become of this task.
    func stop(after error: DatabaseError) async -> DatabaseError {
        await Self.ended(after: error) { () async throws(DatabaseError) in try await self.stop() }
    }

    private static func ended(
        after error: DatabaseError,
        _ body: @escaping @Sendable () async throws(DatabaseError) -> Void
    ) async -> DatabaseError {
        let ending = Task { () async -> String? in
            do throws(DatabaseError) {
                try await body()
                return nil
            } catch {
                return error.message
            }
        }
        var error = error
        let details = [error.detail, await ending.value].compactMap(\.self)
        error.detail = details.isEmpty ? nil : details.joined(separator: "\n")
        return error
    }

    /// PostgreSQL refuses to be root: then its own user is the one, or nobody.
    private static func account() throws(DatabaseError) -> Program.Account? {
        guard geteuid() == 0 else { return nil }
        if let account = accounts.first { return account }
        throw DatabaseError(
            .privateServerFailed, "PostgreSQL does not run as root, and there is no user to run it",
            help: ["run apus as another user"])
    }

    /// Who runs a server for root, in the order in which they are asked for.
    static var accounts: [Program.Account] {
        let names: [String] = ["postgres", "nobody"]
        return names.compactMap { name in
            getpwnam(name).map {
                Program.Account(user: $0.pointee.pw_uid, group: $0.pointee.pw_gid)
            }
        }
    }
}

extension String {
    /// What stands between quotes in a connection string.
    fileprivate var inConnectionString: String {
        replacing("\\", with: "\\\\").replacing("'", with: "\\'")
    }
}
