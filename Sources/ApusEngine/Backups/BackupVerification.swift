public import ApusCore
import SystemPackage

extension BackupStore {
    /// Reads one backup in full: its size and SHA-256 as in the manifest, and as a restore would.
    ///
    /// The entry says whether it was read back: nothing can do that for what a command took where no
    /// other verifies it. Throws `backupUnknown`, `backupDamaged`, `backupToolMissing` or
    /// `fileUnreadable`.
    public func verify(
        _ name: String, with source: some BackupSource,
        progress: @escaping @Sendable (BackupProgress) -> Void = { _ in }
    ) async throws(Diagnostics) -> BackupEntry {
        let entry = try entry(named: name)
        return try await asking { () async throws(DatabaseError) in
            try prove(entry, progress: progress)
            var entry = entry
            entry.isVerified = true
            switch (entry.provider, options.provider) {
            case ("command", .command(let command)):
                entry.isVerified = command.verify != nil
                try await verify(entry, with: command, source)
            case ("command", .dump):
                guard entry.isHere else {
                    throw DatabaseError(
                        .backupDamaged, "\(name) lies elsewhere, and nothing here can read it",
                        help: ["set backup_command and backup_verify_command in apus.yaml"])
                }
            default:
                progress(.init(phase: .readingBack, bytes: 0, expected: entry.bytes))
                try await readBack(entry, source)
            }
            return entry
        }
    }

    private func readBack(
        _ entry: BackupEntry, _ source: some BackupSource
    ) async throws(DatabaseError) {
        do throws(DatabaseError) {
            try await source.readBack(folder.appending(entry.name))
        } catch  where error.code == .backupToolMissing {
            var error = error
            if let writer = try? manifest(of: entry.name).tool {
                error.help.insert("\(writer) wrote it: that version's programs read it", at: 0)
            }
            throw error
        }
    }

    /// Whether the bytes are those that were written. Throws `backupDamaged`, or `fileUnreadable`.
    func prove(
        _ entry: BackupEntry, progress: @escaping @Sendable (BackupProgress) -> Void = { _ in }
    ) throws(DatabaseError) {
        let name = entry.name
        if entry.isUnreadable {
            throw .unreadableBackup(manifestPath(of: name), Errno.permissionDenied)
        }
        if let problem = entry.problem {
            throw DatabaseError(
                .backupDamaged, "\(name) is not what was written", detail: problem,
                help: Self.withoutIt)
        }
        guard entry.isHere else { return }
        let seal: BackupSeal
        do throws(Errno) {
            seal = try BackupSeal(of: folder.appending(name)) { bytes, all in
                progress(.init(phase: .hashing, bytes: bytes, expected: all))
            }
        } catch {
            if error == .canceled {
                throw DatabaseError(.interrupted, "the reading of \(name) was interrupted")
            }
            throw .unreadableBackup(folder.appending(name), error)
        }
        guard let manifest = try? manifest(of: name) else {
            throw DatabaseError(.backupDamaged, "the manifest of \(name) cannot be read")
        }
        if let difference = seal.difference(from: manifest) {
            throw DatabaseError(
                .backupDamaged, "\(name) is not what was written", detail: difference,
                help: Self.withoutIt)
        }
    }

    private static let withoutIt = [
        "see which are good: apus backup list", "take another: apus backup",
    ]

    private func verify(
        _ entry: BackupEntry, with command: BackupCommand, _ source: some BackupSource
    ) async throws(DatabaseError) {
        guard let verify = command.verify else { return }
        var environment = try await source.environment()
        environment.values.merge(
            [
                "APUS_BACKUP_NAME": entry.name,
                "APUS_BACKUP_FILE": folder.appending(entry.name).absolute.string,
                "APUS_BACKUP_RUN": entry.run.map(String.init) ?? "",
                "APUS_DATABASE": entry.database, "APUS_ENGINE": entry.engine,
                "APUS_DATABASE_VERSION": entry.databaseVersion ?? "",
            ]
        ) { $1 }
        _ = try await command.run(
            verify, called: "backup_verify_command", environment, failure: .backupDamaged)
    }
}
