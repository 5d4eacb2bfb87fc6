import ApusCore
public import ApusEngine

/// One connection to a PostgreSQL server, on a thread of its own.
///
/// Its parts are in the files beside this one: the lock, the registry, the runs, the steps.
public actor PostgresSession: DatabaseSession {
    private let executor: SessionExecutor
    let address: PostgresConnectionString
    let names: RegistryNames
    let cancellation: Cancellation

    private var open: Connection?
    /// The server's own number for the process behind the connection.
    private(set) var serverProcess: Int64 = 0
    /// The process of the connection that is, or was last, open.
    private(set) var process: ServerProcess?
    /// Whether a pooler stood between: the process then belongs to it.
    private(set) var isPooled = false
    private(set) var user = ""
    /// The server's own numbers for the database and for the role that connected: what is asked
    /// after every step is asked without looking them up again.
    private(set) var databaseNumber: Int64 = 0
    private(set) var roleNumber: Int64 = 0
    var settings: SessionSettings
    /// The tables that stood in the registry's place when the session connected, or since created it,
    /// with their columns.
    var registrySeen: [String: Set<String>] = [:]
    /// Whether the server was a standby, and when it said so.
    private var standbySeen = (isStandby: false, at: ContinuousClock.now)

    /// ``StoredSettings/fingerprint`` when the session connected.
    var storedSettings: String?
    /// Whether a migration may have stored settings since.
    var mayHaveStoredSettings = false
    /// Whether there were event triggers when that was last asked.
    var hasEventTriggers = true

    var isLockHeld = false
    /// Whether nothing of a migration is left in the session.
    var isClean = true
    /// When the lock was last seen to be ours.
    var lockSeenAt = ContinuousClock.now
    /// Who began the run that goes on, for the history rows.
    var startedBy: (run: RunID, name: String)?

    public nonisolated var unownedExecutor: UnownedSerialExecutor {
        executor.asUnownedSerialExecutor()
    }

    /// What a session is called that only looks: whoever needs the database alone may end it.
    static let nameOfLooks = "apus look"

    init(
        address: PostgresConnectionString, names: RegistryNames, applicationName: String = "apus"
    ) throws(DatabaseError) {
        self.address = address
        self.names = names
        settings = SessionSettings(applicationName: applicationName, serverVersion: 0)
        executor = SessionExecutor(label: "apus.postgres.\(address.target.name)")
        do {
            cancellation = try Cancellation()
        } catch {
            throw DatabaseError(.cannotConnect, "there is no file descriptor left for a session")
        }
    }

    /// The connection, while there is one.
    var connection: Connection {
        get throws(DatabaseError) {
            guard let open else {
                throw DatabaseError(.connectionLost, "the session has no connection")
            }
            return open
        }
    }

    var connectionIsAlive: Bool { open?.isAlive ?? false }

    /// Connects, or connects again. Changes nothing in the session: behind a pooler it would reach
    /// other clients.
    func connect() throws(DatabaseError) {
        disconnect()
        let connection = try Connection(
            to: address, applicationName: settings.applicationName, cancellation: cancellation)
        let first = connection.batch(
            """
            SELECT \(ServerProcess.columns), current_user, \
            (SELECT d.oid FROM pg_catalog.pg_database d \
            WHERE d.datname = pg_catalog.current_database()), session_user::regrole::oid, \
            \(Self.isStandby); \(registryColumns)
            """)
        if let error = first.error { throw error }
        let identity = first.results[0]
        registrySeen = Self.columns(first.results[1])
        standbySeen = (identity.flag(0, 6), .now)
        serverProcess = identity.integer(0, 0) ?? 0
        user = identity.text(0, 3) ?? connection.user
        databaseNumber = identity.integer(0, 4) ?? 0
        roleNumber = identity.integer(0, 5) ?? 0
        let process = ServerProcess(identity)
        self.process = process
        isPooled = connection.announcedProcess != serverProcess
        connection.silence = SilenceWatch(of: process, ownsProcess: !isPooled) {
            [address, unowned connection] () throws(DatabaseError) in
            try Connection(
                to: address, sameServerAs: connection, applicationName: "apus watch",
                cancellation: connection.cancellation, connectTimeout: 5)
        }
        settings.serverVersion = connection.serverVersion
        settings.hidesOwnSchema = user == names.schema
        open = connection
    }

    func disconnect() {
        open?.close()
        open = nil
        isLockHeld = false
    }

    public func close() {
        disconnect()
    }

    public func facts() throws(DatabaseError) -> ServerFacts {
        let connection = try connection
        // It is asked several times in a row, and a server is promoted once.
        if .now - standbySeen.at > .seconds(1) {
            standbySeen = (try connection.execute("SELECT \(Self.isStandby)").flag(0, 0), .now)
        }
        return ServerFacts(
            product: "PostgreSQL \(connection.serverVersionText)", user: user,
            readOnlyReason: standbySeen.isStandby ? "hot standby" : nil)
    }

    private static let isStandby = "pg_catalog.pg_is_in_recovery()"

    /// Runs `body` while cancelling the task reaches the session's thread.
    func cancellable<Value: Sendable>(
        _ body: () throws(DatabaseError) -> Value
    ) async throws(DatabaseError) -> Value {
        cancellation.reset()
        let cancellation = cancellation
        // Calling an isolated function is what keeps the closure on the session's own thread.
        let outcome = await withTaskCancellationHandler {
            result(of: body)
        } onCancel: {
            cancellation.request()
        }
        return try outcome.get()
    }

    private func result<Value>(
        of body: () throws(DatabaseError) -> Value
    ) -> Result<Value, DatabaseError> {
        do throws(DatabaseError) {
            return .success(try body())
        } catch {
            return .failure(error)
        }
    }
}
