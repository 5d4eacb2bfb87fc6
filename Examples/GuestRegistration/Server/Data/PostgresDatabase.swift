import CLibpq
import Dispatch
import Foundation
import Synchronization

/// PostgreSQL by way of libpq: a few connections that take turns.
final class PostgresDatabase: Database {
    private let lanes: [PostgresLane]
    private let next = Atomic(0)

    init(url: String, connections: Int = 4) {
        lanes = (0..<connections).map { _ in PostgresLane(url: url) }
    }

    func rows(_ sql: String, _ values: [String?]) async throws(DatabaseProblem) -> [Row] {
        let turn = next.wrappingAdd(1, ordering: .relaxed).oldValue
        return try await lanes[turn % lanes.count].rows(sql, values)
    }
}

/// One connection. libpq blocks, so each has a thread of its own while it is asked.
private actor PostgresLane {
    private let executor = QueueExecutor()
    private let url: String
    private var connection: PostgresConnection?

    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    init(url: String) {
        self.url = url
    }

    func rows(_ sql: String, _ values: [String?]) throws(DatabaseProblem) -> [Row] {
        // A connection that was lost since it was last used is made anew, once. What was sent over
        // one that breaks now may have been done: it is not sent again.
        if let connection, !connection.isAlive { self.connection = nil }
        if connection == nil { connection = try connect() }
        guard let connection else { return [] }
        let result = Self.execute(connection.pointer, sql, values)
        defer { PQclear(result) }
        switch PQresultStatus(result) {
        case PGRES_TUPLES_OK, PGRES_COMMAND_OK: return Self.rows(result)
        default:
            let problem = Self.problem(connection.pointer, result)
            if PQstatus(connection.pointer) != CONNECTION_OK { self.connection = nil }
            throw problem
        }
    }

    private func connect() throws(DatabaseProblem) -> PostgresConnection {
        let options = [
            ("dbname", url), ("fallback_application_name", "guest-registration"),
            ("connect_timeout", "5"),
        ]
        let made = withCStrings(options.map(\.0)) { names in
            withCStrings(options.map(\.1)) { PQconnectdbParams(names, $0, 1) }
        }
        guard let made, PQstatus(made) == CONNECTION_OK else {
            defer { PQfinish(made) }
            throw Self.problem(made, nil)
        }
        // Dates as people of every country read them alike, and no page that waits for ever.
        PQclear(
            PQexec(made, "SET datestyle = ISO; SET timezone = UTC; SET statement_timeout = '10s'"))
        return PostgresConnection(made)
    }

    private static func execute(
        _ connection: OpaquePointer, _ sql: String, _ values: [String?]
    ) -> OpaquePointer? {
        let count = Int32(values.count)
        return withCStrings(values) {
            PQexecParams(connection, sql, count, nil, $0, nil, nil, 0)
        }
    }

    private static func rows(_ result: OpaquePointer?) -> [Row] {
        let columns = (0..<PQnfields(result)).map { String(cString: PQfname(result, $0)) }
        return (0..<PQntuples(result)).map { row in
            var texts: Row = [:]
            for (column, name) in columns.enumerated()
            where PQgetisnull(result, row, Int32(column)) == 0 {
                texts[name] = String(cString: PQgetvalue(result, row, Int32(column)))
            }
            return texts
        }
    }

    private static func problem(
        _ connection: OpaquePointer?, _ result: OpaquePointer?
    ) -> DatabaseProblem {
        let state = PQresultErrorField(result, CInt(UInt8(ascii: "C"))).map { String(cString: $0) }
        return DatabaseProblem(
            kind: state == "23505" ? .duplicate : .other,
            message: PQerrorMessage(connection).map { String(cString: $0) } ?? "no connection")
    }
}

/// A connection of libpq, closed when nobody holds it any more.
private final class PostgresConnection {
    let pointer: OpaquePointer

    init(_ pointer: OpaquePointer) {
        self.pointer = pointer
    }

    deinit {
        PQfinish(pointer)
    }

    /// Reads what the server may have said when it hung up, without waiting.
    var isAlive: Bool { PQconsumeInput(pointer) == 1 && PQstatus(pointer) == CONNECTION_OK }
}

/// A thread's worth of work that may block, one piece after the other.
private final class QueueExecutor: SerialExecutor {
    private let queue = DispatchQueue(label: "guest-registration.postgres")

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedSerialExecutor()) }
    }
}

/// C's form of texts, NULL where there is none, with a NULL behind the last, for as long as `body`
/// runs.
private func withCStrings<Result>(
    _ texts: [String?], _ body: (UnsafePointer<UnsafePointer<CChar>?>) -> Result
) -> Result {
    let copies = texts.map { text in text.flatMap { strdup($0) } }
    defer { for copy in copies { free(copy) } }
    return body(copies.map { $0.map { UnsafePointer($0) } } + [nil])
}
