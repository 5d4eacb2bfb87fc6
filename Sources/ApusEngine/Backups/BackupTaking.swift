import ApusCore
import SystemPackage

/// One backup while it is being taken: written under a name that nobody takes for a backup, synced,
/// hashed, read back, and only then given its own.
struct BackupTaking<Source: BackupSource> {
    let store: BackupStore
    let source: Source
    let engine: DatabaseEngine
    let target: DatabaseTarget
    let order: BackupOrder
    private let clock = ContinuousClock()
    private let start = ContinuousClock.now

    init(
        store: BackupStore, source: Source, engine: DatabaseEngine, target: DatabaseTarget,
        order: BackupOrder
    ) {
        self.store = store
        self.source = source
        self.engine = engine
        self.target = target
        self.order = order
    }

    /// Takes it with the driver's own tools.
    func dump() async throws(DatabaseError) -> BackupRecord {
        try await source.check()
        failpoint("backup.checked")
        let size = try await source.size()
        let form = source.form(forSize: size, jobs: store.options.jobs)
        let space = BackupSpace(
            databaseBytes: size, earlier: store.latestRatio(of: engine, target),
            isPlainCopy: engine == .sqlite)
        let partial = try PartialBackup.reserve(
            order.baseName, form.fileExtension, isFolder: form.isFolder, in: store.folder)
        failpoint("backup.reserved")
        order.events(.backupStarted(name: partial.name))
        do throws(DatabaseError) {
            try space.check(store.folder, free: store.options.freeSpace(store.folder))
            let contents = try await write(partial.path, form, space)
            failpoint("backup.written")
            try sync(partial.path)
            // Two readers of one file, which cost hardly more than one.
            let (seal, _) = try await together { () async throws(DatabaseError) in
                let seal = try self.seal(partial.path)
                order.events(
                    .backupProgress(.init(phase: .readingBack, bytes: 0, expected: seal.bytes)))
                return seal
            } _: { () async throws(DatabaseError) in
                try await source.readBack(partial.path)
            }
            failpoint("backup.read-back")
            try DatabaseError.checkInterruption(of: "the backup")
            var manifest = manifest(
                partial.name, size, server: contents.server, tool: contents.tool)
            manifest.take(seal)
            manifest.verified = true
            manifest.tables = contents.tables.map { .init(name: $0.name, rows: $0.rows) }
            manifest.schema = contents.schema
            manifest.properties = contents.properties.map { .init(name: $0.name, value: $0.value) }
            return try finish(partial, manifest, seal.checksum)
        } catch {
            partial.discard(manifest: store.manifestPath(of: partial.name))
            throw error
        }
    }

    /// Takes it with a command of the user's, which may write where it likes.
    func run(_ command: BackupCommand) async throws(DatabaseError) -> BackupRecord {
        let size = try await source.size()
        var environment = try await source.environment()
        let partial = try PartialBackup.reserve(order.baseName, "command", in: store.folder)
        failpoint("backup.reserved")
        order.events(.backupStarted(name: partial.name))
        do throws(DatabaseError) {
            environment.values.merge(
                [
                    "APUS_BACKUP_NAME": partial.name,
                    "APUS_BACKUP_FILE": partial.path.absolute.string,
                    "APUS_BACKUP_RUN": order.run?.description ?? "",
                    "APUS_DATABASE": target.name, "APUS_ENGINE": engine.rawValue,
                    "APUS_DATABASE_VERSION": order.version?.description ?? "",
                ]
            ) { $1 }
            let outcome = try await command.run(
                command.take, called: "backup_command", environment, failure: .backupFailed)
            failpoint("backup.command-ended")
            try sync(partial.path)
            let seal = try seal(partial.path)
            if let verify = command.verify {
                _ = try await command.run(
                    verify, called: "backup_verify_command", environment, failure: .backupDamaged)
            }
            var manifest = manifest(partial.name, size, server: engine.displayName, tool: "command")
            manifest.command = outcome
            manifest.verified = command.verify != nil
            // It kept its backup elsewhere: what stays here is the manifest alone.
            if seal.bytes > 0 { manifest.take(seal) } else { partial.removeData() }
            return try finish(partial, manifest, seal.bytes > 0 ? seal.checksum : nil)
        } catch {
            partial.discard(manifest: store.manifestPath(of: partial.name))
            throw error
        }
    }

    // MARK: Parts

    /// Writes the copy; ends it before the disk is full, on which the database itself may lie.
    private func write(
        _ path: FilePath, _ form: BackupForm, _ space: BackupSpace
    ) async throws(DatabaseError) -> BackupContents {
        let (store, source, order) = (store, source, order)
        return try await accompanied { () async throws(DatabaseError) in
            try await source.write(to: path, as: form) { bytes in
                order.events(
                    .backupProgress(.init(phase: .writing, bytes: bytes, expected: space.expected)))
            }
        } by: { () async throws(DatabaseError) in
            try space.checkFloor(store.folder, free: store.options.freeSpace(store.folder))
        }
    }

    private func sync(_ path: FilePath) throws(DatabaseError) {
        try failing("written") { () throws(Errno) in
            try BackupSeal.restrict(path)
            try DurableFile.sync(path)
            failpoint("backup.synced")
        }
    }

    private func seal(_ path: FilePath) throws(DatabaseError) -> BackupSeal {
        try failing("written") { () throws(Errno) in
            try BackupSeal(of: path) { [order] bytes, all in
                order.events(.backupProgress(.init(phase: .hashing, bytes: bytes, expected: all)))
            }
        }
    }

    /// Without a checksum, the manifest alone stays here, and its own digest stands for it.
    private func finish(
        _ partial: PartialBackup, _ manifest: BackupManifest, _ checksum: Checksum?
    ) throws(DatabaseError) -> BackupRecord {
        var manifest = manifest
        let duration = clock.now - start
        manifest.durationSeconds = Double(duration.microseconds) / 1_000_000
        let own = try failing("described") { () throws(Errno) in
            guard let document = try? manifest.encoded(), let own = try? manifest.ownDigest else {
                throw Errno.ioError
            }
            try DurableFile.replace(
                store.manifestPath(of: partial.name), with: document, permissions: .ownerReadWrite)
            failpoint("backup.manifest-written")
            return own
        }
        if checksum != nil {
            try failing("given its name") { () throws(Errno) in
                try DurableFile.rename(partial.path, to: store.folder.appending(partial.name))
            }
        }
        failpoint("backup.named")
        let record = BackupRecord(
            name: partial.name, path: store.folder.appending(partial.name).string,
            bytes: manifest.bytes, checksum: checksum ?? own, takenAt: order.now,
            duration: duration, version: order.version, isVerified: manifest.verified)
        order.events(.backupFinished(record))
        return record
    }

    private func manifest(
        _ name: String, _ size: Int64, server: String, tool: String
    ) -> BackupManifest {
        BackupManifest(
            file: name, provider: store.options.provider.name, bytes: 0,
            takenAt: order.now.isoText, durationSeconds: 0, engine: engine.rawValue,
            database: target.name, location: target.location, server: server, tool: tool,
            databaseVersion: order.version?.description, run: order.run?.number, verified: false,
            databaseBytes: size, tables: [])
    }

    private func failing<Result>(
        _ what: String, _ body: () throws(Errno) -> Result
    ) throws(DatabaseError) -> Result {
        do throws(Errno) {
            return try body()
        } catch {
            if error == .canceled { throw .backupInterrupted }
            throw DatabaseError(.backupFailed, "the backup cannot be \(what): \(error.description)")
        }
    }
}

extension BackupManifest {
    fileprivate mutating func take(_ seal: BackupSeal) {
        bytes = seal.bytes
        sha256 = seal.checksum.hex
        files = seal.parts.isEmpty ? nil : seal.parts
    }
}
