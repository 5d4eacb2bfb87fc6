import ApusCore
import CLibpq
import Foundation
import Testing

@testable import ApusLint

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
final class ExampleClient {
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

    /// What a query answers; a failure fails the test.
    func rows(_ sql: String) throws -> [[String?]] {
        let result = PQexec(handle, sql)
        defer { PQclear(result) }
        try #require(
            PQresultStatus(result) == PGRES_TUPLES_OK, "\(String(cString: PQerrorMessage(handle)))"
        )
        return (0..<PQntuples(result)).map { row in
            (0..<PQnfields(result)).map { column in
                PQgetisnull(result, row, column) == 1
                    ? nil : String(cString: PQgetvalue(result, row, column))
            }
        }
    }

    /// The number of the server's process.
    var process: Int32 { PQbackendPID(handle) }

    /// Sends a statement without waiting for its answer.
    func send(_ sql: String) throws {
        try #require(
            PQsendQuery(handle, sql) == 1, "\(String(cString: PQerrorMessage(handle)))")
    }

    /// Whether what was sent is still at work.
    var isBusy: Bool {
        PQconsumeInput(handle) == 1 && PQisBusy(handle) == 1
    }

    /// The SQLSTATE of what was sent; `nil` for success.
    func answer() -> String? {
        var failure: String?
        while let result = PQgetResult(handle) {
            if PQresultStatus(result) != PGRES_COMMAND_OK, PQresultStatus(result) != PGRES_TUPLES_OK
            {
                failure =
                    PQresultErrorField(result, Int32(UInt8(ascii: "C"))).map { String(cString: $0) }
                    ?? "no SQLSTATE"
            }
            PQclear(result)
        }
        return failure
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
