import ApusCore
import ApusEngine

extension PostgresSession {
    /// Builds an index concurrently, and never takes an invalid one for success.
    ///
    /// What a broken build left under the same name is dropped first, and what a failing build
    /// leaves is dropped again, so that failing has no effect. A build that an earlier run began and
    /// did not record counts as done where its index is there and valid.
    func run(
        _ build: ConcurrentIndex, _ statement: Statement, _ index: Int, _ work: StepWork,
        isInDoubt: Bool
    ) throws(DatabaseError) {
        let before = try indexes(build)
        if let old = before.first(where: \.isNamed) {
            if old.isValid, isInDoubt {
                work.report(.notice("\(old.name) is there and valid: built by an earlier run"))
                return
            }
            if !old.isValid { try dropLeftover(old, build, work) }
        }
        if build.name == nil, isInDoubt {
            for old in before where !old.isValid {
                work.report(.notice("\(old.name) is invalid; drop it if nothing builds it"))
            }
        }

        let known = Set(before.map(\.number))
        failpoint("postgres.index.before-build")
        do throws(DatabaseError) {
            try withoutLockTimeout { () throws(DatabaseError) in
                try run(statement, index, work)
            }
        } catch {
            failpoint("postgres.index.build-failed")
            guard error.code != .connectionLost else { throw error }
            try clear(after: error, build, known, work)
            throw error
        }

        failpoint("postgres.index.built")
        let broken = try indexes(build).first {
            !$0.isValid && ($0.isNamed || !known.contains($0.number))
        }
        if let broken {
            throw DatabaseError(
                .invalidIndex, "the index \(broken.name) was built and is not valid",
                help: ["DROP INDEX CONCURRENTLY \(broken.name);", "apus migrate"])
        }
    }

    private func indexes(_ build: ConcurrentIndex) throws(DatabaseError) -> [ConcurrentIndex.Found]
    {
        let rows = try connection.execute(build.question)
        return (0..<rows.count).map { row in
            ConcurrentIndex.Found(
                number: rows.integer(row, 0) ?? 0, name: rows.text(row, 1) ?? "",
                isValid: rows.flag(row, 2), isNamed: rows.flag(row, 3),
                builder: rows.integer(row, 4))
        }
    }

    /// Drops an invalid index, unless another process is about to make it valid: then that is waited
    /// for.
    private func dropLeftover(
        _ old: ConcurrentIndex.Found, _ build: ConcurrentIndex, _ work: StepWork
    ) throws(DatabaseError) {
        let start = ContinuousClock.now
        var current: ConcurrentIndex.Found? = old
        while let builder = current?.builder {
            work.report(
                .waitingForLock(
                    LockHolder(processID: builder, state: "building \(old.name)"),
                    waited: ContinuousClock.now - start))
            if cancellation.pause(for: .seconds(1)) { throw .interrupted }
            current = try indexes(build).first { $0.number == old.number }
        }
        guard let current, !current.isValid else { return }
        failpoint("postgres.index.before-drop")
        try withoutLockTimeout { () throws(DatabaseError) in
            let connection = try connection
            try watched(work, on: connection) { () throws(DatabaseError) in
                _ = try connection.execute(
                    "DROP INDEX CONCURRENTLY IF EXISTS \(current.name)",
                    Connection.Patience(isCancellable: true))
            }
        }
        failpoint("postgres.index.dropped")
        work.report(.droppedInvalidIndex(current.name))
    }

    /// Drops what a failed build left. Where even that fails, the failure to report is the invalid
    /// index, because it stays.
    private func clear(
        after error: DatabaseError, _ build: ConcurrentIndex, _ known: Set<Int64>,
        _ work: StepWork
    ) throws(DatabaseError) {
        for leftover in try indexes(build)
        where !leftover.isValid && leftover.builder == nil && !known.contains(leftover.number) {
            do throws(DatabaseError) {
                try withoutLockTimeout { () throws(DatabaseError) in
                    // Bounded all the same: dropping waits for old transactions, and a person may be
                    // waiting for us.
                    try connection.execute("SET lock_timeout = '5s'")
                    try connection.execute("DROP INDEX CONCURRENTLY IF EXISTS \(leftover.name)")
                }
                work.report(.droppedInvalidIndex(leftover.name))
            } catch {
                throw DatabaseError(
                    .invalidIndex, "the index \(leftover.name) was left invalid",
                    detail: error.message,
                    help: ["apus migrate    drops it and builds it again"])
            }
        }
    }
}
