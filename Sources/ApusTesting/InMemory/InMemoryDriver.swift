public import ApusCore
public import ApusEngine

/// A driver over values in memory, for tests of what stands above the drivers.
///
/// It understands no SQL: of each statement it keeps the text, in order, and forgets it when its
/// transaction is undone. History, runs, journal and lock behave as a real driver's. All sessions
/// of one driver, and of its copies, share one database.
///
/// Of `DriverConformance` it passes everything in ``conformance``.
public struct InMemoryDriver: Driver {
    public let engine: DatabaseEngine
    private let server: InMemoryServer
    private let name: String
    private var store: InMemoryStore { server.database(name) }
    /// A statement that contains one of these fails, at the place where it does.
    private let failing: [String]
    /// A statement that contains one of these goes on until it is cancelled or its time is over.
    private let holding: [String]

    public init(
        engine: DatabaseEngine = .sqlite, failing: [String] = [], holding: [String] = []
    ) {
        self.init(
            engine: engine, server: InMemoryServer(), name: "memory", failing: failing,
            holding: holding)
    }

    /// The same database, with other statements that fail or hold.
    public func with(failing: [String] = [], holding: [String] = []) -> InMemoryDriver {
        InMemoryDriver(
            engine: engine, server: server, name: name, failing: failing, holding: holding)
    }

    private init(
        engine: DatabaseEngine, server: InMemoryServer, name: String, failing: [String],
        holding: [String]
    ) {
        self.engine = engine
        self.server = server
        self.name = name
        self.failing = failing
        self.holding = holding
    }

    /// The texts of the statements that ran and were not undone, in order.
    public var statements: [String] { store.read(\.statements) }

    /// How often a session was asked for the database's load.
    package var loads: Int { store.read(\.loads) }

    public var target: DatabaseTarget { DatabaseTarget(name: name, location: "memory") }

    public func openSession() async throws(DatabaseError) -> InMemorySession {
        InMemorySession(store: store, engine: engine, failing: failing, holding: holding)
    }

    public var backupSource: InMemoryBackup {
        InMemoryBackup(server: server, database: name, engine: engine)
    }

    public func named(_ name: String) throws(DatabaseError) -> InMemoryDriver {
        InMemoryDriver(
            engine: engine, server: server, name: name, failing: failing, holding: holding)
    }

    public var restoreTarget: InMemoryRestore {
        InMemoryRestore(server: server, database: name, engine: engine)
    }

    public func rehearsalHost(_ place: RehearsalPlace) throws(DatabaseError) -> any RehearsalHost {
        guard place == .beside else {
            throw DatabaseError(.configurationInvalid, "there is no server to start")
        }
        return InMemoryRehearsals(driver: self, server: server)
    }

    /// The statements that ran: it knows no better.
    public func schemaScript() async throws(DatabaseError) -> String {
        statements.map { "\($0);\n" }.joined()
    }

    /// The behaviours that make sense without data: all but those that prepare or read tables from
    /// outside.
    public static let conformance = DriverConformance.Behaviour.allCases.filter {
        switch $0 {
        case .tablesAreCounted, .foreignRegistryIsLeftAlone, .newerRegistryIsRefused,
            .sequentialStepResumes, .oldRegistryIsUpgraded, .strayRowsAreFound,
            .tablesAreDigested, .testsAreAsked, .batchesPassEveryKey, .batchesTakeSeveralColumns,
            .batchIsWholeOrNothing, .batchesStop, .batchKeyIsChecked, .batchKeyTypeIsWatched,
            .batchesAreDoneOnce, .batchesAreClaimed:
            false
        default:
            true
        }
    }

    /// What it has to be told so that the statements which the conformance suite expects to fail,
    /// or to take long, do.
    public static func forConformance(engine: DatabaseEngine = .sqlite) -> InMemoryDriver {
        InMemoryDriver(
            engine: engine, failing: ["no_such_column", "INTO needed"],
            holding: ["RECURSIVE", "pg_sleep"])
    }
}
