public import ApusCore

/// The locks that the statements of a plan are predicted to take, with the tables' size and use.
package struct PlannedLocks {
    /// Of each step, those of each statement; empty for a step that runs nothing.
    package let steps: [[PredictedLocks]]
    /// The target's tables; `nil` where they could not be asked for.
    package let statistics: DatabaseStatistics?

    /// `nil` for a database whose locks are not known by table, and for a plan that runs nothing.
    ///
    /// - Parameters:
    ///   - applied: The migrations that have run, in order: what they made is known.
    ///   - product: What serves the database: `PostgreSQL 15.8`.
    package init?(
        of plan: Plan, after applied: [Migration], on product: String,
        statistics: DatabaseStatistics?
    ) {
        guard let version = Self.postgresVersion(product),
            plan.steps.contains(where: { $0.action == .run })
        else { return nil }
        var forecast = LockForecast(after: applied, on: version)
        steps = plan.steps.map { step in
            step.action == .run
                ? forecast.take(step.script, of: step.id, step.direction, in: step.source) : []
        }
        self.statistics = statistics
    }

    /// `15` of `PostgreSQL 15.8`
    private static func postgresVersion(_ product: String) -> Int? {
        guard let match = product.prefixMatch(of: /PostgreSQL (\d+)/) else { return nil }
        return Int(match.1)
    }

    package func statistics(of lock: PredictedLock) -> TableStatistics? {
        statistics?.of(ObjectName(schema: lock.schema, lock.name))
    }

    // MARK: Text

    /// A line for each lock that others may have to wait for, and for what cannot be predicted.
    package func lines(of index: Int, _ step: Step) -> [String] {
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
            if let bytes = table.bytes { facts.append(bytes.readableBytes) }
            if let writes = table.writes { facts.append("\(writes.grouped) writes") }
        }
        let size = facts.isEmpty ? "" : " (\(facts.joined(separator: ", ")))"
        return "\(lock.table)\(size): \(parts.joined(separator: ", "))"
    }
}

extension PredictedLock {
    /// Weaker ones are those of every query and every changed row.
    fileprivate var isWorthALine: Bool {
        mode >= .shareUpdateExclusive || isScanned == true && mode >= .rowExclusive
    }
}

extension LockPreview {
    /// What `apus plan` says of locks, for hosts that show it in their pages.
    public static var forecast: LockPreview {
        LockPreview { plan, applied, product, statistics in
            let locks = PlannedLocks(
                of: plan, after: applied, on: product, statistics: statistics)
            return locks.map { locks in
                plan.steps.enumerated().map { locks.lines(of: $0, $1) }
            } ?? []
        }
    }
}
