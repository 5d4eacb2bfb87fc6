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
                let history = try await session.history(withTexts: false)
                let hasRegistry = history.registry.isPresent && facts.readOnlyReason == nil
                if hasRegistry {
                    try await session.acquireLock(waitingAtMost: options.lockWait) {
                        events(.waitingForRunLock($0, waited: .zero))
                    }
                }
                failpoint("backup.locked")
                let record = try await backups.take(
                    of: driver, run: nil,
                    version: PlanInput.databaseVersion(
                        files: fileIDs, applied: Set(history.applied.map(\.id))),
                    now: now(), events: events)
                failpoint("backup.taken")
                if hasRegistry {
                    try await session.recordBackup(record, in: nil)
                    failpoint("backup.recorded")
                    try await session.releaseLock()
                }
                return record
            }
        }
    }

    /// Reads a backup of the configured folder back in full. Throws `backup-damaged`, or
    /// `backup-unknown`, also for one of another kind of database.
    public func verifyBackup(_ name: String) async throws(Diagnostics) -> BackupEntry {
        let store = try backupStore()
        if let other = try store.list().first(where: { $0.name == name })?.engine, !other.isEmpty,
            other != driver.engine.rawValue
        {
            throw Diagnostics([
                Diagnostic(
                    .backupUnknown,
                    "\(name) is a backup of \(DatabaseEngine(rawValue: other)?.displayName ?? other), and the database is \(driver.engine.displayName)",
                    help: ["set DATABASE_URL, or pass --database-url, for a database of that kind"])
            ])
        }
        return try await store.verify(name, of: driver)
    }

    private func backupStore() throws(Diagnostics) -> BackupStore {
        if let backups { return backups }
        throw Diagnostics([
            Diagnostic(
                .backupFailed, "no backup folder is configured",
                help: ["set backups: FOLDER in apus.yaml"])
        ])
    }
}

extension BackupStore {
    fileprivate func verify(
        _ name: String, of driver: some Driver
    ) async throws(Diagnostics) -> BackupEntry {
        try await verify(name, with: driver.backupSource)
    }
}

extension History.Registry {
    var isPresent: Bool {
        if case .present = self { true } else { false }
    }
}
