public import ApusCore

extension Migrator {
    /// Takes a verified backup now, under the lock, so that no migration runs meanwhile.
    ///
    /// On a database without a registry (or one that cannot be written to) nothing is recorded in
    /// it: the manifest alone tells of the backup.
    public func backUp(
        events: @escaping @Sendable (RunEvent) -> Void = { _ in }
    ) async throws(Diagnostics) -> BackupRecord {
        let backups = try backupStore()
        // Names suffice: a broken migration file must not stand in the way of a backup.
        let fileIDs = ((try? folder.fileNames()) ?? []).compactMap {
            try? MigrationParser.identifier(fileName: $0, path: $0)
        }
        return try await withSession { (session) throws(Diagnostics) in
            try await asking { () async throws(DatabaseError) in
                let facts = try await session.facts()
                var history = try await self.bearableHistory(of: session)
                let hasRegistry = history.registry.isPresent && facts.readOnlyReason == nil
                if hasRegistry {
                    try await session.acquireLock(waitingAtMost: options.lockWait) {
                        events(.waitingForRunLock($0, waited: .zero))
                    }
                    // Whoever held the lock may have migrated meanwhile.
                    history = try await session.history(withTexts: false)
                }
                failpoint("backup.locked")
                let version = PlanInput.databaseVersion(
                    files: fileIDs, applied: Set(history.applied.map(\.id)))
                let record = try await takeBackup(
                    into: backups, run: nil, version: version, under: hasRegistry ? session : nil,
                    events)
                failpoint("backup.taken")
                if hasRegistry {
                    try await session.recordBackup(record, in: nil)
                    failpoint("backup.recorded")
                    try await session.releaseLock()
                }
                if record.isVerified { backups.pruneIfAsked(of: driver, now: now(), events) }
                return record
            }
        }
    }

    /// A history that cannot be read is a reason for a backup, and stands in the way of none.
    private func bearableHistory(
        of session: any DatabaseSession
    ) async throws(DatabaseError) -> History {
        do throws(DatabaseError) {
            return try await session.history(withTexts: false)
        } catch {
            guard error.code == .registryForeign else { throw error }
            return History(registry: .absent(userTables: 0))
        }
    }

    /// Reads a backup of the configured folder back in full. Throws `backup-damaged`, or
    /// `backup-unknown`, also for one of another kind of database.
    public func verifyBackup(
        _ name: String, progress: @escaping @Sendable (BackupProgress) -> Void = { _ in }
    ) async throws(Diagnostics) -> BackupEntry {
        let store = try backupStore()
        try check(store.entry(named: name))
        return try await store.verify(name, of: driver, progress)
    }

    /// Refuses a backup of another kind of database. Throws `backup-unknown`.
    func check(_ entry: BackupEntry) throws(Diagnostics) {
        guard !entry.engine.isEmpty, entry.engine != driver.engine.rawValue else { return }
        let kind = DatabaseEngine(rawValue: entry.engine)?.displayName ?? entry.engine
        throw Diagnostics([
            Diagnostic(
                .backupUnknown,
                "\(entry.name) is a backup of \(kind), and the database is \(driver.engine.displayName)",
                help: ["set DATABASE_URL, or pass --database-url, for a database of that kind"])
        ])
    }

    /// Removes the backups of this database that a retention lets go of; with `dryRun`, only says
    /// which. Needs no connection.
    public func pruneBackups(
        by retention: Retention, dryRun: Bool = false
    ) throws(Diagnostics) -> Pruning {
        try backupStore().prune(
            of: driver.engine, driver.target, by: retention, now: now(), dryRun: dryRun)
    }

    /// Takes a backup while the lock is looked after, and makes sure that it is still held then: a
    /// long dump says nothing on the session that holds it.
    func takeBackup(
        into store: BackupStore, run: RunID?, version: SemanticVersion?,
        under session: (any DatabaseSession)?, _ events: @escaping @Sendable (RunEvent) -> Void
    ) async throws(DatabaseError) -> BackupRecord {
        let (driver, now) = (driver, now())
        guard let session else {
            return try await store.take(
                of: driver, run: run, version: version, now: now, events: events)
        }
        let record = try await accompanied(every: options.lockCheck) {
            () async throws(DatabaseError) in
            try await store.take(of: driver, run: run, version: version, now: now, events: events)
        } by: { () async throws(DatabaseError) in
            try await session.confirmLock()
        }
        try await session.confirmLock()
        return record
    }

    func backupStore() throws(Diagnostics) -> BackupStore {
        if let backups { return backups }
        throw Diagnostics([
            Diagnostic(
                .backupFailed, "no backup folder is configured",
                help: ["set backups: FOLDER in apus.yaml"])
        ])
    }
}

extension BackupStore {
    func verify(
        _ name: String, of driver: some Driver,
        _ progress: @escaping @Sendable (BackupProgress) -> Void
    ) async throws(Diagnostics) -> BackupEntry {
        try await verify(name, with: driver.backupSource, progress: progress)
    }

    /// Removes old backups after a new one, where the settings ask for it. The new one is there in
    /// any case: what fails here is told, and fails nothing.
    func pruneIfAsked(
        of driver: any Driver, during run: RunID? = nil, now: Timestamp,
        _ events: @Sendable (RunEvent) -> Void
    ) {
        guard let retention = options.retention else { return }
        do throws(Diagnostics) {
            let pruning = try prune(
                of: driver.engine, driver.target, by: retention, now: now, dryRun: false,
                during: run)
            if !pruning.removed.isEmpty { events(.backupsPruned(pruning)) }
        } catch {
            for var problem in error.all {
                problem.severity = .warning
                events(.pruningFailed(problem))
            }
        }
    }
}

extension History.Registry {
    var isPresent: Bool {
        if case .present = self { true } else { false }
    }
}
