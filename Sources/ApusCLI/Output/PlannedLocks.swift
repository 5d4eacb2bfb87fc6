import ApusCore
import ApusEngine
import ApusLint

/// The locks that the statements of a plan are predicted to take, with the tables' size and use.
struct PlannedLocks {
    /// Of each step, those of each statement; empty for a step that runs nothing.
    let steps: [[PredictedLocks]]
    /// The target's tables; `nil` where they could not be asked for.
    let statistics: DatabaseStatistics?
    /// Why not.
    let problem: Diagnostic?

    /// `nil` for a database whose locks are not known by table, and for a plan that runs nothing.
    static func of(_ outlook: Outlook, _ migrator: Migrator) async -> PlannedLocks? {
        guard migrator.driver.engine == .postgres, outlook.plan.steps.contains(where: \.runs),
            let version = outlook.serverVersion
        else { return nil }
        var forecast = LockForecast(after: outlook.applied, on: version)
        let steps = outlook.plan.steps.map { step in
            step.runs
                ? forecast.take(step.script, of: step.id, step.direction, in: step.source) : []
        }
        do throws(Diagnostics) {
            return PlannedLocks(
                steps: steps, statistics: try await migrator.statistics(), problem: nil)
        } catch {
            return PlannedLocks(steps: steps, statistics: nil, problem: error.all[0])
        }
    }

    func statistics(of lock: PredictedLock) -> TableStatistics? {
        statistics?.tables.first { $0.name == lock.name && $0.schema == lock.schema ?? "public" }
    }

    // MARK: Text

    /// A line for each lock that others may have to wait for, and for what cannot be predicted.
    func lines(of index: Int, _ step: Step) -> [String] {
        steps[index].enumerated().dropFirst(step.firstStatement).flatMap { number, statement in
            let place = step.script.statementCount > 1 ? "statement \(number + 1) " : ""
            var lines = statement.locks.filter(\.isWorthALine).map { "\(place)locks \(line($0))" }
            if !statement.isComplete {
                lines.append(
                    "\(place)may lock \(statement.locks.isEmpty ? "what" : "more that") is not known here"
                )
            }
            return lines
        }
    }

    /// `guests (1.2 GB, 340 writes): ACCESS EXCLUSIVE, rewrite`
    private func line(_ lock: PredictedLock) -> String {
        var parts = [lock.mode.name]
        switch lock.isRewritten {
        case true: parts.append("rewrite")
        case nil: parts.append("perhaps a rewrite")
        default: if lock.isScanned == true { parts.append("scan") }
        }
        var facts: [String] = []
        if let table = statistics(of: lock) {
            if let bytes = table.bytes { facts.append(Wording.bytes(bytes)) }
            if let writes = table.writes { facts.append("\(Wording.grouped(writes)) writes") }
        }
        let size = facts.isEmpty ? "" : " (\(facts.joined(separator: ", ")))"
        return "\(lock.table)\(size): \(parts.joined(separator: ", "))"
    }
}

extension Step {
    fileprivate var runs: Bool { action == .run }
}

extension PredictedLock {
    /// Weaker ones are those of every query and every changed row.
    fileprivate var isWorthALine: Bool {
        mode >= .shareUpdateExclusive || isScanned == true && mode >= .rowExclusive
    }
}

extension Outlook {
    /// `15` of `PostgreSQL 15.8`
    fileprivate var serverVersion: Int? {
        facts.product.split(separator: " ").dropFirst().first
            .flatMap { Int($0.prefix { $0.isNumber }) }
    }
}

/// A predicted lock, in `apus.plan/1`.
struct PlannedLockBody: Encodable {
    /// From 1.
    var statement: Int
    var relation: String
    var mode: String
    /// Absent where it depends on what is not known.
    var rewrite: Bool?
    var scan: Bool?
    var rows: Int64?
    var bytes: Int64?
    var reads: Int64?
    var writes: Int64?

    init(_ lock: PredictedLock, statement: Int, _ statistics: TableStatistics?) {
        self.statement = statement
        relation = lock.table
        mode = lock.mode.name
        rewrite = lock.isRewritten
        scan = lock.isScanned
        rows = statistics?.rows
        bytes = statistics?.bytes
        reads = statistics?.reads
        writes = statistics?.writes
    }
}

extension PlannedLocks {
    func bodies(of index: Int) -> [PlannedLockBody] {
        steps[index].enumerated().flatMap { number, statement in
            statement.locks.map {
                PlannedLockBody($0, statement: number + 1, statistics(of: $0))
            }
        }
    }

    /// The statements, from 1, that may lock more than is predicted.
    func openStatements(of index: Int) -> [Int] {
        steps[index].enumerated().filter { !$0.element.isComplete }.map { $0.offset + 1 }
    }
}
