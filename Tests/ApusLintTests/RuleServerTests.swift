import ApusCore
import CLibpq
import Foundation
import Testing

@testable import ApusLint

/// The examples on real servers: what an example shows must be possible, and what a rule says the
/// server refuses, it must refuse.
@Suite(
    .enabled(if: ExampleServer.areExpected, "set APUS_TEST_POSTGRES_15, see scripts/postgres-up"))
struct RuleServerTests {
    @Test(
        arguments: ExampleServer.versions, RuleExample.all.filter { $0.example.engine == .postgres }
    )
    func `an example runs on PostgreSQL`(_ server: ExampleServer, _ one: RuleExample) throws {
        let example = one.example
        let database = "apus_\(UUID().uuidString.lowercased().filter { $0 != "-" }.prefix(16))"
        let url = try server.url
        let client = try ExampleClient(url)
        #expect(client.run("CREATE DATABASE \(database)") == nil)
        defer { #expect(client.run("DROP DATABASE \(database)") == nil) }
        let slash = try #require(url.lastIndex(of: "/"))
        do {
            let own = try ExampleClient("\(url[..<slash])/\(database)")
            #expect(own.run("SET search_path = public") == nil)
            // A step down leaves a table with rows, where it should show what happens to them.
            for migration in try ExampleMigrations(example).all {
                let isExample = migration.id.version == SemanticVersion("1.1.0")
                let refusal = own.run(migration.up, migration.source)
                #expect(refusal == (isExample ? example.refusal : nil))
                if isExample, refusal == nil, let down = migration.down {
                    #expect(own.run(down, migration.source) == nil)
                }
            }
        }
    }
}

struct ExampleServer: CustomTestStringConvertible, Sendable {
    let variable: String

    static let versions = [
        ExampleServer(variable: "APUS_TEST_POSTGRES_15"),
        ExampleServer(variable: "APUS_TEST_POSTGRES_18"),
    ]

    /// Missing servers are a skip, unless APUS_TEST_REQUIRE_SERVERS asks for a failure.
    static let areExpected: Bool = {
        let environment = ProcessInfo.processInfo.environment
        return environment["APUS_TEST_POSTGRES_15"] != nil
            || environment["APUS_TEST_REQUIRE_SERVERS"] == "1"
    }()

    var testDescription: String { variable.replacing("APUS_TEST_", with: "") }

    var url: String {
        get throws {
            try #require(
                ProcessInfo.processInfo.environment[variable],
                "\(variable) is not set; run scripts/postgres-up")
        }
    }
}

/// One connection, with the SQLSTATE of what fails.
private final class ExampleClient {
    private let handle: OpaquePointer

    init(_ url: String) throws {
        handle = try #require(PQconnectdb(url))
        try #require(
            PQstatus(handle) == CONNECTION_OK, "\(String(cString: PQerrorMessage(handle)))")
    }

    deinit { PQfinish(handle) }

    /// The SQLSTATE of the failure; `nil` for success.
    func run(_ sql: String) -> String? {
        let result = PQexec(handle, sql)
        defer { PQclear(result) }
        switch PQresultStatus(result) {
        case PGRES_COMMAND_OK, PGRES_TUPLES_OK: return nil
        default:
            return PQresultErrorField(result, Int32(UInt8(ascii: "C"))).map { String(cString: $0) }
                ?? "no SQLSTATE"
        }
    }

    /// A section as Apus runs it: in one transaction, or each statement alone.
    func run(_ script: Script, _ source: MigrationSource) -> String? {
        let isWrapped = script.transaction == .wrapped
        if isWrapped, let failure = run("BEGIN") { return failure }
        var failure: String?
        script.forEachStatement(in: source) { _, statement in
            if failure == nil { failure = run(source.text(statement.range)) }
        }
        if isWrapped { _ = run(failure == nil ? "COMMIT" : "ROLLBACK") }
        return failure
    }
}
