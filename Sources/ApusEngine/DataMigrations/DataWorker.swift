public import ApusCore

/// What happens while somebody works on data migrations in the background.
public enum DataWorkEvent: Sendable {
    case begun(DataMigrationProgress)
    case step(MigrationID, StepEvent)
    case completed(MigrationID)
    /// It stopped: by somebody's wish, or because a batch failed.
    case stopped(MigrationID, DataMigrationProgress.State, Diagnostic?)
    /// Another process works on it.
    case elsewhere(MigrationID)
    /// It is left to a process that has the handler of that name.
    case needsHandler(MigrationID, String)
}

/// When a worker ends.
public enum DataWorkEnd: Hashable, Sendable {
    /// When nothing is left that could be done, also by others.
    case whenIdle
    /// When its task is cancelled.
    case never
}

extension Migrator {
    /// Does the batches that `migrate` left to the background, one data migration after the other.
    ///
    /// Several workers may run at a time: each data migration has one of them. What fails is marked as
    /// failed, and stays so until somebody resumes it. What needs a ``DataMigration`` that is not
    /// registered here is left to whoever has it.
    ///
    /// - Returns: What is not complete at the end.
    public func work(
        until end: DataWorkEnd, poll: Duration = .seconds(2),
        events: @escaping @Sendable (DataWorkEvent) -> Void = { _ in }
    ) async throws(Diagnostics) -> [DataMigrationProgress] {
        try await withSession { (session) throws(Diagnostics) in
            var worker = DataWorker(migrator: self, session: session, events: events)
            while true {
                let left = try await worker.round()
                let isOver = left.allSatisfy {
                    $0.state != .open || worker.others.contains($0.migration)
                }
                if end == .whenIdle, isOver { return left }
                try await asking { () async throws(DatabaseError) in
                    try await BatchLoop.sleep(poll)
                }
            }
        }
    }
}

/// One process that works on data migrations.
struct DataWorker {
    let migrator: Migrator
    let session: any DatabaseSession
    let events: @Sendable (DataWorkEvent) -> Void
    /// Those that need a handler that is not here.
    private(set) var others: Set<MigrationID> = []

    /// Goes once through everything that is open; gives what is not complete behind it.
    mutating func round() async throws(Diagnostics) -> [DataMigrationProgress] {
        let all = try await incomplete()
        var seen: Set<MigrationID> = []
        for progress in all where progress.state == .open {
            let id = progress.migration
            guard seen.insert(id).inserted, !others.contains(id) else { continue }
            let script = await readScript(of: id)
            if case .success(let data) = script, let name = missingHandler(of: data) {
                others.insert(id)
                events(.needsHandler(id, name))
            } else {
                try await take(progress, script)
            }
        }
        return try await incomplete()
    }

    /// What is applied and not complete: what is not applied belongs to a run in the foreground.
    private func incomplete() async throws(Diagnostics) -> [DataMigrationProgress] {
        try await asking { () async throws(DatabaseError) in
            // Nearly always there is nothing, and the history need not be read for that.
            let open = try await session.dataMigrations().filter { $0.state != .done }
            guard !open.isEmpty else { return [] }
            let applied = Set(try await session.history(withTexts: false).applied.map(\.id))
            return open.filter { applied.contains($0.migration) }
        }
    }

    /// The handler that a data migration needs and that is not registered here.
    private func missingHandler(of data: DataScript) -> String? {
        data.batched.lazy.compactMap(\.clause.handler).first { name in
            !migrator.dataMigrations.contains { $0.name == name }
        }
    }

    /// - Parameter script: Where it is not there, that is why the attempt fails.
    private func take(
        _ progress: DataMigrationProgress, _ script: Result<DataScript, DatabaseError>
    ) async throws(Diagnostics) {
        let id = progress.migration
        let isOurs = try await asking { () async throws(DatabaseError) in
            try await session.claimBatches(of: id)
        }
        guard isOurs else { return events(.elsewhere(id)) }
        events(.begun(progress))
        do throws(DatabaseError) {
            try await perform(progress, script)
        } catch {
            try? await session.releaseBatches(of: id)
            if error.code == .interrupted || error.code == .connectionLost {
                throw Diagnostics([error.diagnostic])
            }
            return events(.stopped(id, .failed, error.diagnostic))
        }
        try await asking { () async throws(DatabaseError) in
            try await session.releaseBatches(of: id)
        }
    }

    private func perform(
        _ progress: DataMigrationProgress, _ script: Result<DataScript, DatabaseError>
    ) async throws(DatabaseError) {
        let id = progress.migration
        let data: DataScript
        switch script {
        case .success(let read): data = read
        case .failure(let error):
            // Else it would be tried again and again.
            if error.code == .dataStopped { try await note(error, progress.statement, of: id) }
            throw error
        }
        var current = data.batched[0]
        do throws(DatabaseError) {
            for batched in data.batched {
                current = batched
                let last = batched.index == data.batched.last?.index
                guard try await finish(batched, of: id, data, isLast: last) else { return }
            }
        } catch {
            guard error.code != .interrupted, error.code != .connectionLost,
                error.code != .dataStopped
            else { throw error }
            try await note(error, current.index, of: id)
            throw error
        }
        events(.completed(id))
    }

    /// So that a failure is told, and tried again only when somebody has looked.
    private func note(
        _ error: DatabaseError, _ statement: Int, of id: MigrationID
    ) async throws(DatabaseError) {
        let reason = [error.message, error.detail].compactMap(\.self).joined(separator: "\n")
        try await session.failBatches(id, statement: statement, message: reason)
    }

    /// Whether the statement is done; false where somebody stopped it.
    private func finish(
        _ batched: DataScript.Batched, of id: MigrationID, _ data: DataScript, isLast: Bool
    ) async throws(DatabaseError) -> Bool {
        let known = try await session.dataMigrations().first {
            $0.migration == id && $0.statement == batched.index
        }
        guard let known else {
            throw DatabaseError(.dataStopped, "\(id.title) was rolled back meanwhile")
        }
        guard known.state != .done else { return true }
        let work = try data.work(
            batched, of: id, run: known.run, migrator.options.step, migrator.dataMigrations)
        _ = try await session.beginBatches(work)
        let loop = BatchLoop(
            session: session, work: work, isBackground: true,
            lockRetries: migrator.options.step.lockRetries
        ) { [events] in events(.step(id, $0)) }
        switch try await loop.run() {
        case .stopped(let state):
            events(.stopped(id, state, nil))
            return false
        case .exhausted:
            if isLast { try await data.verify(in: session) }
            try await session.completeBatches(id, statement: batched.index)
            return true
        }
    }

    private func readScript(of id: MigrationID) async -> Result<DataScript, DatabaseError> {
        do throws(DatabaseError) {
            return .success(try await script(of: id))
        } catch {
            return .failure(error)
        }
    }

    /// The text that was applied; a file with the same meaning where the history keeps none.
    private func script(of id: MigrationID) async throws(DatabaseError) -> DataScript {
        let history = try await session.history(withTexts: true)
        guard let applied = history.applied.first(where: { $0.id == id }) else {
            throw DatabaseError(.dataStopped, "\(id.title) was rolled back meanwhile")
        }
        var migration: Migration?
        var reason: String?
        do throws(Diagnostics) {
            migration = try text(of: applied)
        } catch {
            reason = error.all.first?.message
        }
        guard let migration, let data = DataScript(migration.up, of: migration.source) else {
            throw DatabaseError(
                .dataStopped, "the text of \(id.title) is not there as it was applied",
                detail: reason, help: ["put the file \(id.fileName) back as it was"])
        }
        return data
    }

    private func text(of applied: AppliedMigration) throws(Diagnostics) -> Migration? {
        let id = applied.id
        guard case .whole(let bytes)? = applied.text else {
            return try migrator.folder.survey().migrations.first {
                $0.id == id && $0.up.meaning == applied.upMeaning
            }
        }
        let source = MigrationSource(path: "\(id.fileName) (kept in the history)", bytes: bytes)
        return try MigrationParser(dialect: migrator.driver.engine).parse(
            source: source, fileName: id.fileName)
    }
}
