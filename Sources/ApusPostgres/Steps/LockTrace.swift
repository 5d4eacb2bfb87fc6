import ApusCore
import ApusEngine

/// What the server tells of the locks of one transaction: the tables and views that are there before it,
/// and what the transaction holds behind each of its statements.
///
/// The questions are sent between the statements and answered in their order, so that nobody waits for
/// them. They carry the server's own time: answers may come in late and together.
final class LockTrace {
    private struct Relation {
        var name: String
        var file: String?
        var scans: Int64
        /// The strongest mode so far, and since when (microseconds of the server's clock).
        var held: (mode: TableLockMode, since: Int64)?
    }

    private struct Found {
        var relation: Int64
        var lock: MeasuredLock
        var since: Int64
        /// When it was given back before the step's end: by ROLLBACK TO SAVEPOINT.
        var until: Int64?
    }

    private var relations: [Int64: Relation] = [:]
    private var found: [Found] = []
    /// When the last question was answered, by the server's clock: then the next statement began.
    private var moment: Int64 = 0
    private var landing: ContinuousClock.Instant?

    private static let clock =
        "(extract(epoch FROM pg_catalog.clock_timestamp()) * 1000000)::bigint"

    /// Asks what is there. Not before a statement that sets the transaction's own properties: it must be
    /// the first that looks at anything.
    static func start(without schema: String) -> String {
        """
        SELECT t.moment, c.oid::bigint, n.nspname || '.' || c.relname, c.relfilenode, \
        pg_catalog.pg_stat_get_xact_numscans(c.oid) FROM (SELECT \(clock) AS moment) t \
        LEFT JOIN (pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace) \
        ON c.relkind IN ('r', 'p', 'v', 'm', 'f') AND c.relpersistence <> 't' \
        AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast', \(schema.sqlLiteral))
        """
    }

    /// Asks what the transaction holds.
    static let look = """
        SELECT t.moment, l.relation::bigint, l.mode, c.relfilenode, \
        pg_catalog.pg_stat_get_xact_numscans(l.relation) FROM (SELECT \(clock) AS moment) t \
        LEFT JOIN (pg_catalog.pg_locks l LEFT JOIN pg_catalog.pg_class c ON c.oid = l.relation) \
        ON l.pid = pg_catalog.pg_backend_pid() AND l.locktype = 'relation' AND l.granted \
        AND l.relation >= 16384 AND l.database = \
        (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database())
        """

    /// Asks only for the time, before COMMIT.
    static let end = "SELECT \(clock)"

    /// Whether something can have been locked behind a statement. One that sets something locks nothing,
    /// and nothing may be asked before SET TRANSACTION.
    static func mayLock(_ statement: Statement, of source: MigrationSource) -> Bool {
        !["SET", "RESET", "SHOW"].contains(source.firstWord(of: statement, .postgres))
    }

    // MARK: Answers

    func takeStart(_ rows: Rows) {
        moment = rows.integer(0, 0) ?? 0
        for row in 0..<rows.count {
            guard let oid = rows.integer(row, 1), let name = rows.text(row, 2) else { continue }
            relations[oid] = Relation(
                name: name, file: rows.text(row, 3), scans: rows.integer(row, 4) ?? 0)
        }
    }

    func takeLook(_ rows: Rows, behind statement: Int) {
        let begun = moment
        moment = rows.integer(0, 0) ?? moment
        var modes: [Int64: TableLockMode] = [:]
        var order: [Int64] = []
        for row in 0..<rows.count {
            guard let oid = rows.integer(row, 1), relations[oid] != nil,
                let mode = rows.text(row, 2).flatMap(TableLockMode.init)
            else { continue }
            if modes[oid] == nil { order.append(oid) }
            modes[oid] = max(modes[oid] ?? mode, mode)
            note(oid, file: rows.text(row, 3), scans: rows.integer(row, 4) ?? 0)
        }
        for oid in order.sorted(by: { relations[$0]!.name < relations[$1]!.name }) {
            guard let mode = modes[oid] else { continue }
            add(oid, mode, statement, begun)
        }
        for index in found.indices where found[index].until == nil {
            let held = modes[found[index].relation]
            guard held.map({ $0 < found[index].lock.mode }) ?? true else { continue }
            found[index].until = moment
            relations[found[index].relation]?.held = held.map { ($0, begun) }
        }
    }

    /// What changed of a relation since the last look.
    private var changes: [Int64: (isRewrite: Bool, isScan: Bool)] = [:]

    private func note(_ oid: Int64, file: String?, scans: Int64) {
        guard var relation = relations[oid] else { return }
        // A table that was dropped has no file, and was not rewritten.
        let isRewrite = file != nil && file != relation.file
        let isScan = scans > relation.scans
        if isRewrite || isScan {
            let before = changes[oid] ?? (false, false)
            changes[oid] = (before.isRewrite || isRewrite, before.isScan || isScan)
        }
        if let file { relation.file = file }
        relation.scans = scans
        relations[oid] = relation
    }

    private func add(_ oid: Int64, _ mode: TableLockMode, _ statement: Int, _ begun: Int64) {
        let change = changes.removeValue(forKey: oid)
        let before = relations[oid]?.held
        let isStronger = before.map { mode > $0.mode } ?? true
        if isStronger { relations[oid]?.held = (mode, begun) }
        guard isStronger || change != nil, let relation = relations[oid] else { return }
        found.append(
            Found(
                relation: oid,
                lock: MeasuredLock(
                    relation: relation.name, mode: mode, statement: statement, held: .zero,
                    isRewrite: change?.isRewrite ?? false, isScan: change?.isScan ?? false),
                since: relation.held?.since ?? begun))
    }

    func takeEnd(_ rows: Rows) {
        moment = rows.integer(0, 0) ?? moment
        landing = .now
    }

    /// What was found, once COMMIT is answered.
    var locks: [MeasuredLock] {
        // What the server took for COMMIT is seen from here alone.
        let commit = landing.map { ContinuousClock.now - $0 } ?? .zero
        return found.map { found in
            var lock = found.lock
            lock.held =
                found.until.map { .microseconds($0 - found.since) }
                ?? .microseconds(moment - found.since) + commit
            return lock
        }
    }
}
