import ApusCore
import Foundation
import Testing

@testable import ApusLint

/// What a server says of the locks of one statement on the tables and views that were there before it.
struct StatementMeasurement {
    struct Lock: Equatable {
        var mode: TableLockMode
        /// `nil` where the statement cannot be looked at from inside of its transaction.
        var isRewritten: Bool?
        var isScanned: Bool?
    }

    var locks: [ObjectName: Lock]

    private static let relations = """
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
        WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname !~ '^pg_' \
        AND n.nspname <> 'information_schema'
        """

    /// Runs a statement in a transaction of its own; one that cannot be in a transaction is run while
    /// other connections stand in its way. `nil` where the server refuses it.
    static func take(
        _ sql: String, by client: ExampleClient, at url: String, keeps: Bool = true
    ) throws -> StatementMeasurement? {
        // In the same transaction: between two, what was counted goes elsewhere.
        _ = client.run("BEGIN")
        let before = try client.rows(
            "SELECT c.oid, n.nspname, c.relname, c.relfilenode, pg_stat_get_xact_numscans(c.oid) \(relations)"
        )
        let failure = client.run(sql)
        guard failure == nil else {
            _ = client.run("ROLLBACK")
            guard failure == "25001", keeps else { return nil }
            return try fromOutside(sql, by: client, at: url)
        }
        let held = try client.rows(
            """
            SELECT l.relation, l.mode, c.relfilenode, pg_stat_get_xact_numscans(l.relation) \
            FROM pg_locks l LEFT JOIN pg_class c ON c.oid = l.relation \
            WHERE l.pid = pg_backend_pid() AND l.locktype = 'relation' AND l.granted
            """)
        var locks: [ObjectName: Lock] = [:]
        for row in before {
            guard let schema = row[1], let name = row[2] else { continue }
            let own = held.filter { $0[0] == row[0] }
            guard let mode = own.compactMap({ $0[1].flatMap(TableLockMode.init) }).max() else {
                continue
            }
            let file = own[0][2]
            locks[ObjectName(schema: schema, name)] = Lock(
                mode: mode, isRewritten: file != nil && file != row[3],
                isScanned: own[0][3] != row[4])
        }
        _ = client.run(keeps ? "COMMIT" : "ROLLBACK")
        return StatementMeasurement(locks: locks)
    }

    /// Other connections lock each table, at first in the strongest mode: what the statement waits for is
    /// its lock. Then they hold no more than what lets this lock through and stops a stronger one.
    private static func fromOutside(
        _ sql: String, by client: ExampleClient, at url: String
    ) throws -> StatementMeasurement? {
        let watch = try ExampleClient(url)
        var blockers: [ObjectName: ExampleClient] = [:]
        for row in try watch.rows("SELECT n.nspname, c.relname \(relations) AND c.relkind <> 'v'") {
            guard let schema = row[0], let name = row[1] else { continue }
            let blocker = try ExampleClient(url)
            #expect(blocker.run("BEGIN; \(locking(schema, name, .accessExclusive))") == nil)
            blockers[ObjectName(schema: schema, name)] = blocker
        }
        try client.send(sql)
        var locks: [ObjectName: Lock] = [:]
        while client.isBusy {
            let waits = try watch.rows(
                """
                SELECT n.nspname, c.relname, l.mode, array_to_string(pg_blocking_pids(l.pid), ',') \
                FROM pg_locks l LEFT JOIN pg_class c ON l.locktype = 'relation' AND c.oid = l.relation \
                LEFT JOIN pg_namespace n ON n.oid = c.relnamespace \
                WHERE l.pid = \(client.process) AND NOT l.granted
                """)
            guard let row = waits.first, row[3] != "" else {
                usleep(1000)
                continue
            }
            guard let schema = row[0], let name = row[1] else {
                // It waits for transactions that have used a table to end.
                let processes = (row[3] ?? "").split(separator: ",").compactMap { Int32($0) }
                for (table, blocker) in blockers where processes.contains(blocker.process) {
                    #expect(blocker.run("ROLLBACK") == nil)
                    blockers[table] = nil
                }
                continue
            }
            let table = ObjectName(schema: schema, name)
            let mode = try #require(row[2].flatMap(TableLockMode.init))
            locks[table] = Lock(mode: max(mode, locks[table]?.mode ?? mode))
            let removed = blockers.removeValue(forKey: table)
            let blocker = try #require(removed)
            if let weaker = mode.stopper {
                // Asked for before the way is free, so that the statement cannot slip through.
                let next = try ExampleClient(url)
                try next.send("BEGIN; \(locking(schema, name, weaker))")
                while try watch.rows(
                    "SELECT 1 FROM pg_locks WHERE pid = \(next.process) AND NOT granted"
                ).isEmpty {
                    usleep(1000)
                }
                #expect(blocker.run("ROLLBACK") == nil)
                #expect(next.answer() == nil)
                blockers[table] = next
            } else {
                #expect(blocker.run("ROLLBACK") == nil)
            }
        }
        #expect(client.answer() == nil)
        return StatementMeasurement(locks: locks)
    }

    /// By themselves: each partition has a blocker of its own.
    private static func locking(
        _ schema: String, _ name: String, _ mode: TableLockMode
    ) -> String {
        "LOCK TABLE ONLY \"\(schema)\".\"\(name)\" IN \(mode.name) MODE"
    }
}

extension TableLockMode {
    /// The mode that lets this one through and stops the most of the stronger ones, by the table of
    /// conflicts in PostgreSQL's documentation; `nil` where there is nothing stronger.
    fileprivate var stopper: TableLockMode? {
        switch self {
        case .accessShare: .exclusive
        case .rowShare: .shareRowExclusive
        case .rowExclusive: .shareUpdateExclusive
        case .shareUpdateExclusive: .rowExclusive
        case .share: .share
        case .shareRowExclusive: .rowShare
        case .exclusive: .accessShare
        case .accessExclusive: nil
        }
    }
}
