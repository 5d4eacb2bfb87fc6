import ApusCore
import ApusEngine
import ApusLint

/// The locks of a plan, for a terminal and for programs.
struct PlannedLocksReport {
    let locks: PlannedLocks
    /// Why the tables could not be asked for.
    let problem: Diagnostic?

    /// `nil` where no locks are predicted.
    static func of(_ outlook: Outlook, _ migrator: Migrator) async -> PlannedLocksReport? {
        func report(
            _ statistics: DatabaseStatistics?, problem: Diagnostic? = nil
        ) -> PlannedLocksReport? {
            PlannedLocks(
                of: outlook.plan, after: outlook.applied, on: outlook.facts.product,
                statistics: statistics
            ).map { PlannedLocksReport(locks: $0, problem: problem) }
        }
        guard migrator.driver.engine == .postgres else { return nil }
        do throws(Diagnostics) {
            return report(try await migrator.statistics())
        } catch {
            return report(nil, problem: error.all[0])
        }
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
