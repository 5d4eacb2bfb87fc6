public import ApusCore
import Foundation
import SystemPackage

extension Migrator {
    /// Restores a backup into a new database, and proves that it is what was backed up; where asked
    /// for, the new database then takes the place of the present one, which is kept.
    ///
    /// The backup is read in full first. Loading stops at the first error, and what was half made is
    /// removed. Throws `backup-unknown`, `backup-damaged`, `backup-format`, `backup-of-another`,
    /// `restore-occupied`, `restore-failed`, `restore-differs`, `database-in-use`.
    public func restore(
        _ request: RestoreRequest, events: @escaping @Sendable (RestoreEvent) -> Void = { _ in }
    ) async throws(Diagnostics) -> RestoreReport {
        try await restore(request, with: driver, events)
    }

    private func restore(
        _ request: RestoreRequest, with driver: some Driver,
        _ events: @escaping @Sendable (RestoreEvent) -> Void
    ) async throws(Diagnostics) -> RestoreReport {
        let (store, entry) = try await locate(request.backup, for: driver.restoreTarget)
        try check(entry)
        if request.swaps, !request.takesAnother {
            try BackupOrigin(backup: entry, live: driver.target).checkExchange()
        }
        return try await Restoration(
            migrator: self, driver: driver, store: store, entry: entry, request: request,
            events: events
        ).perform()
    }

    /// Gives a database that was restored before the place of the present one.
    ///
    /// What its history tells of decides whether it may: throws `backup-of-another` where that is no
    /// restore, or one of another database's backup, unless `takesAnother`.
    public func exchange(
        with name: String, endingConnections: Bool = false, takesAnother: Bool = false
    ) async throws(Diagnostics) -> Exchange {
        try await exchange(driver, name, endingConnections, takesAnother)
    }

    private func exchange(
        _ driver: some Driver, _ name: String, _ endingConnections: Bool, _ takesAnother: Bool
    ) async throws(Diagnostics) -> Exchange {
        let restored = try await asking { () async throws(DatabaseError) in
            let restored = try driver.named(name)
            switch try await restored.restoreTarget.occupant() {
            case .occupied: return restored
            case .none, .empty:
                throw DatabaseError(
                    .restoreFailed, "there is no database \(name) with anything in it",
                    help: ["restore one first: apus restore BACKUP --into \(name.shellWord)"])
            case .unfinished, .busy:
                throw DatabaseError(
                    .restoreFailed, "the restore into \(name) was never finished",
                    help: [
                        "restore again, which clears it: apus restore BACKUP --into \(name.shellWord)"
                    ])
            }
        }
        if !takesAnother { try await checkOrigin(of: restored, name) }
        return try await asking { () async throws(DatabaseError) in
            try await restored.restoreTarget.exchange(
                with: driver.restoreTarget, keeping: try await keptName(driver),
                endingConnections: endingConnections)
        }
    }

    /// A database without runs tells nothing: its backup may be from before the first one.
    private func checkOrigin(of restored: some Driver, _ name: String) async throws(Diagnostics) {
        let runs = try await asking { () async throws(DatabaseError) in
            let session = try await restored.openSession()
            do throws(DatabaseError) {
                let runs = try await session.runs(limit: 100)
                await session.close()
                return runs
            } catch {
                await session.close()
                throw error
            }
        }
        guard !runs.isEmpty else { return }
        guard let restore = runs.first(where: { $0.kind == RunKind.restore.rawValue }) else {
            throw BackupOrigin.refusal(
                of: name, "\(name) was not restored by apus: its history tells of no restore")
        }
        // A backup that is no more in the folder cannot be asked whose it was.
        let backup = BackupOrigin.backup(ofSummary: restore.summary)
        if let entry = try backups?.list().first(where: { $0.name == backup }) {
            try BackupOrigin(backup: entry, live: driver.target).checkExchange(of: name)
        }
    }

    /// `guests_replaced_20250115_103000`, and with `_2` where that is taken already.
    func keptName(_ driver: some Driver) async throws(DatabaseError) -> String {
        let stamp = "_replaced_\(now().idText)"
        for attempt in 1...100 {
            let suffix = attempt == 1 ? stamp : "\(stamp)_\(attempt)"
            let name = driver.restoreTarget.name(adding: suffix)
            if case .none = try await driver.named(name).restoreTarget.occupant() { return name }
        }
        throw DatabaseError(.restoreFailed, "no name is free for the database that is replaced")
    }

    /// What restores that died left on the server, or in the database's folder.
    public func unfinishedRestores() async throws(Diagnostics) -> [UnfinishedRestore] {
        try await asking { () async throws(DatabaseError) in
            try await unfinishedRestores(driver)
        }
    }

    private func unfinishedRestores(
        _ driver: some Driver
    ) async throws(DatabaseError) -> [UnfinishedRestore] {
        try await driver.restoreTarget.unfinished()
    }

    /// The backup of that name, or at that path. A file that is no backup of ours is refused by what
    /// it is, before anything else is said of it.
    func locate(
        _ text: String, for target: some RestoreTarget
    ) async throws(Diagnostics) -> (BackupStore, BackupEntry) {
        var store = try backupStore()
        let path = FilePath(text)
        if path.components.count > 1 || text.hasPrefix("/") {
            store.folder = path.removingLastComponent()
        }
        let name = path.lastComponent?.string ?? text
        let file = store.folder.appending(name)
        if FileManager.default.fileExists(atPath: file.string) {
            try await asking { () async throws(DatabaseError) in try await target.check(file) }
            guard FileManager.default.fileExists(atPath: store.manifestPath(of: name).string) else {
                throw Diagnostics([
                    Diagnostic(
                        .backupUnknown, "\(file) has no manifest beside it",
                        details: ["\(name).json says what it holds, and proves that it is whole"],
                        help: ["apus backup list"])
                ])
            }
        }
        return (store, try store.entry(named: name))
    }

    /// A backup, read in full. Throws `backupDamaged`, and `backupFormat` for one that somebody
    /// else's command took.
    func provenBackup(
        _ entry: BackupEntry, in store: BackupStore, of driver: some Driver,
        _ progress: @escaping @Sendable (BackupProgress) -> Void
    ) async throws(Diagnostics) -> BackupEntry {
        guard entry.provider == "dump" else {
            throw Diagnostics([
                Diagnostic(
                    .backupFormat, "\(entry.name) was taken by backup_command, not by apus",
                    help: ["restore it with the tool that took it, then: apus status"])
            ])
        }
        return try await store.verify(entry.name, with: driver.backupSource, progress: progress)
    }
}
