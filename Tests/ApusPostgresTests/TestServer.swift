import ApusCore
import ApusEngine
import CLibpq
import Foundation
import Synchronization
import Testing

@testable import ApusPostgres

/// A server that `scripts/postgres-up` started, by the name of its environment variable.
struct TestServer: Sendable, CustomTestStringConvertible {
    let variable: String

    static let postgres15 = TestServer(variable: "APUS_TEST_POSTGRES_15")
    static let postgres18 = TestServer(variable: "APUS_TEST_POSTGRES_18")
    static let superuser15 = TestServer(variable: "APUS_TEST_POSTGRES_15_SUPERUSER")
    static let standbys = [
        TestServer(variable: "APUS_TEST_POSTGRES_15_STANDBY"),
        TestServer(variable: "APUS_TEST_POSTGRES_18_STANDBY"),
    ]
    static let transactionPooler = TestServer(variable: "APUS_TEST_PGBOUNCER_TRANSACTION")
    static let sessionPooler = TestServer(variable: "APUS_TEST_PGBOUNCER_SESSION")

    /// Both versions that every test of behaviour runs on.
    static let versions = [postgres15, postgres18]

    /// Whether tests that need servers run: where they are missing, they are skipped, unless
    /// APUS_TEST_REQUIRE_SERVERS asks for a failure.
    static let areExpected: Bool = {
        let environment = ProcessInfo.processInfo.environment
        return environment["APUS_TEST_POSTGRES_15"] != nil
            || environment["APUS_TEST_REQUIRE_SERVERS"] == "1"
    }()

    var testDescription: String { variable.replacingOccurrences(of: "APUS_TEST_", with: "") }

    var url: String {
        get throws {
            try #require(
                ProcessInfo.processInfo.environment[variable],
                "\(variable) is not set; run scripts/postgres-up")
        }
    }

    /// Only a superuser may drop a database that autovacuum is at work in. The poolers stand before
    /// PostgreSQL 15.
    var superuserURL: String {
        get throws {
            if variable.contains("PGBOUNCER") { return try Self.superuser15.url }
            return try ProcessInfo.processInfo.environment["\(variable)_SUPERUSER"] ?? url
        }
    }

    /// The folder of the server's own programs.
    var tools: String? { ProcessInfo.processInfo.environment["\(variable)_BIN"] }

    /// The same server with another database.
    func url(database: String) throws -> String {
        let url = try url
        let slash = try #require(url.lastIndex(of: "/"))
        return "\(url[..<slash])/\(database)"
    }

    /// Runs `body` with a database of its own, which is dropped afterwards.
    func withDatabase(_ body: (TestDatabase) async throws -> Void) async throws {
        try await Databases.with(self) { databases in try await body(databases.make()) }
    }
}

/// One test's own database.
struct TestDatabase: Sendable {
    let server: TestServer
    let name: String
    let url: String

    func driver(schema: String = "apus") throws -> PostgresDriver {
        PostgresDriver(
            connection: try PostgresConnectionString(url), registrySchema: schema,
            toolsFolder: server.tools)
    }

    static func newName() -> String {
        "apus_\(UUID().uuidString.lowercased().filter { $0 != "-" }.prefix(16))"
    }

    /// Runs SQL the way any other client would; the first column of the last result.
    @discardableResult
    func run(_ sql: String) throws -> [String?] { try plainly(sql, at: url) }

    /// A connection that stays open until it goes out of scope.
    func connect() throws -> OtherClient { try OtherClient(url) }

    /// A session that holds the lock, has a registry and a run.
    func session() async throws -> (PostgresSession, RunID) {
        let session = try await driver().openSession()
        try await session.acquireLock(waitingAtMost: .seconds(600)) { _ in }
        try await session.prepareRegistry()
        return (session, try await session.beginRun(.test))
    }
}

/// Somebody else's connection.
final class OtherClient {
    private let handle: OpaquePointer

    init(_ url: String) throws {
        handle = try #require(PQconnectdb(url))
        try #require(
            PQstatus(handle) == CONNECTION_OK, "\(String(cString: PQerrorMessage(handle)))")
        // The role is called as the registry's schema is: its unqualified names would go there.
        PQclear(PQexec(handle, "SET search_path = public"))
    }

    deinit { PQfinish(handle) }

    struct Failure: Error {
        var message: String
    }

    @discardableResult
    func run(_ sql: String) throws -> [String?] {
        let result = try #require(PQexec(handle, sql))
        defer { PQclear(result) }
        let status = PQresultStatus(result)
        guard status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK else {
            throw Failure(message: String(cString: PQerrorMessage(handle)))
        }
        return (0..<PQntuples(result)).map { row in
            PQgetisnull(result, row, 0) == 1 ? nil : String(cString: PQgetvalue(result, row, 0))
        }
    }
}

@discardableResult
func plainly(_ sql: String, at url: String) throws -> [String?] {
    try OtherClient(url).run(sql)
}

extension RunStart {
    static let test = RunStart(
        kind: .migrate, summary: "a test", planDigest: Checksum(of: "plan"), from: nil, to: nil,
        steps: 1, startedBy: "tester@here", applicationVersion: nil, toolVersion: "0.0.0")
}

extension Migration {
    /// A migration from its two sections' SQL, as the parser reads it.
    static func test(
        _ version: String = "1.0.0", up: String, down: String = "SELECT 1;",
        directives: String = ""
    ) throws -> Migration {
        let id = "20250101_000000_\(version)_test"
        let text = """
            -- Migration: \(version) - test
            -- Up Migration
            \(directives)
            \(up)
            -- Down Migration (Rollback)
            \(directives)
            \(down)

            """
        return try MigrationParser(dialect: .postgres).parse(
            source: MigrationSource(path: "\(id).sql", bytes: Array(text.utf8)),
            fileName: "\(id).sql")
    }

    func step(_ direction: Direction = .up, first: Int = 0) throws -> Step {
        let script = direction == .up ? up : try #require(down)
        let record = Step.Record(
            checksum: checksum, upMeaning: up.meaning, downMeaning: down?.meaning,
            text: .whole(source.bytes(0..<source.count)), dependencies: nil,
            minimumApplication: nil, irreversibleReason: nil)
        return Step(
            id: id, direction: direction, origin: .file, script: script, source: source,
            record: direction == .up ? record : nil, firstStatement: first)
    }
}

/// The databases that one test makes, dropped together at its end.
final class Databases: Sendable {
    private let server: TestServer
    private let made = Mutex<[String]>([])

    init(_ server: TestServer) {
        self.server = server
    }

    /// Runs `body` with a maker of databases, all of which are dropped afterwards.
    static func with(
        _ server: TestServer, _ body: (Databases) async throws -> Void
    ) async throws {
        let databases = Databases(server)
        let outcome: Result<Void, any Error>
        do {
            outcome = .success(try await body(databases))
        } catch {
            outcome = .failure(error)
        }
        for name in databases.made.withLock({ $0 }) {
            try await aside { [server] in
                // With what was restored beside it, or put aside for it.
                let all = try plainly(
                    "SELECT datname FROM pg_database WHERE starts_with(datname, '\(name)')",
                    at: server.url)
                for case let found? in all {
                    try plainly(
                        "DROP DATABASE IF EXISTS \"\(found)\" WITH (FORCE)",
                        at: try server.superuserURL)
                }
            }
        }
        try outcome.get()
    }

    func make() async throws -> TestDatabase {
        let name = TestDatabase.newName()
        try await aside { [server] in try plainly("CREATE DATABASE \(name)", at: server.url) }
        made.withLock { $0.append(name) }
        return try named(name)
    }

    func named(_ name: String) throws -> TestDatabase {
        TestDatabase(server: server, name: name, url: try server.url(database: name))
    }
}

/// Blocks a thread of its own: the few that tests run on must not all wait for a server.
@discardableResult
func aside<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
        Thread.detachNewThread { continuation.resume(with: Result { try body() }) }
    }
}
