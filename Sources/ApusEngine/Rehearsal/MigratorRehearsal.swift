public import ApusCore
import Foundation
import SystemPackage

extension Migrator {
    /// Rehearses what is pending in a database that is made for it and removed afterwards: each
    /// migration up, down and up again, the schema and the data compared, the user's assertions run.
    ///
    /// The database that it is for is only read, and told in the end that it was rehearsed.
    ///
    /// Throws ``ApusCore/Diagnostics`` where the rehearsal could not be held: `backup-unknown`,
    /// `backup-damaged`, `restore-failed`, `insufficient-privilege`, `test-file-invalid`, and what
    /// stands against a plan. What it found is in its report.
    public func rehearse(
        _ request: RehearsalRequest,
        events: @escaping @Sendable (RehearsalEvent) -> Void = { _ in }
    ) async throws(Diagnostics) -> RehearsalReport {
        try await rehearse(request, with: driver, events)
    }

    private func rehearse(
        _ request: RehearsalRequest, with driver: some Driver,
        _ events: @escaping @Sendable (RehearsalEvent) -> Void
    ) async throws(Diagnostics) -> RehearsalReport {
        let clock = ContinuousClock()
        let begun = clock.now
        let files = FolderSurvey(migrations: try folder.read())
        let tests = try request.tests?.read() ?? []
        // What a backup knows besides is seen once it is restored.
        if request.start == .nothing {
            try tests.check(knowing: Set(files.migrations.map(\.id.version)))
        }
        let source = try await source(of: request.start, with: driver, events)
        let host = try await asking { () async throws(DatabaseError) in
            try driver.rehearsalHost(request.place)
        }
        let cleared = try await asking { () async throws(DatabaseError) in try await host.clear() }
        if !cleared.isEmpty { events(.cleared(cleared)) }

        events(.making)
        let mark = RehearsalMark.new(at: now(), by: options.startedBy)
        let database = try await asking { () async throws(DatabaseError) in
            try await host.make(mark, like: source?.properties)
        }
        failpoint("rehearsal.made")
        var report: RehearsalReport
        do throws(Diagnostics) {
            if let source { try await fill(database, from: source, events) }
            failpoint("rehearsal.filled")
            events(.made(place: database.place))
            var rehearsal = Rehearsal(
                migrator: rehearsing(in: database), database: database, files: files,
                tests: tests, request: request, events: events)
            report = try await rehearsal.perform(
                preparation: clock.now - begun, start: source?.start ?? .nothing)
            report.findings.insert(
                contentsOf: database.warnings + (source?.passedOver ?? []).map(\.isPassedOver),
                at: 0)
        } catch {
            throw await removed(database, after: error)
        }
        failpoint("rehearsal.done")
        events(.removing)
        if let warning = await remove(database) { report.findings.append(warning) }
        failpoint("rehearsal.removed")
        report.cleared = cleared
        report.duration = clock.now - begun
        await record(source, request, &report)
        return report
    }

    /// The same project, with another database: no backup, no audit, no gate, and no application that
    /// it would have to serve.
    private func rehearsing(in database: any EphemeralDatabase) -> Migrator {
        var migrator = self
        migrator.driver = database.driver
        migrator.backups = nil
        migrator.catalogue.applicationVersion = nil
        migrator.options.planning.application = nil
        migrator.options.planning.targetVersion = nil
        migrator.connected = nil
        migrator.lookCache = nil
        migrator.options.backup = .never
        migrator.options.audit = nil
        migrator.options.rehearsal = nil
        migrator.options.step.tracesLocks = true
        migrator.options.step.tellsViolations = true
        return migrator
    }

    // MARK: The start

    /// A backup that is there, whole, and of this kind of database.
    private struct Source: Sendable {
        var entry: BackupEntry
        var path: FilePath
        var manifest: BackupManifest
        var jobs: Int?
        /// Newer ones that are not to be counted on, where the newest good one was asked for.
        var passedOver: [BackupEntry] = []

        var start: RehearsalReport.Start { .backup(name: entry.name, takenAt: entry.takenAt) }
        var properties: [DatabaseProperty] {
            manifest.properties?.map { DatabaseProperty($0.name, $0.value) } ?? []
        }
    }

    private func source(
        of start: RehearsalStart, with driver: some Driver,
        _ events: @escaping @Sendable (RehearsalEvent) -> Void
    ) async throws(Diagnostics) -> Source? {
        let found: (store: BackupStore, entry: BackupEntry)
        var passedOver: [BackupEntry] = []
        switch start {
        case .nothing: return nil
        case .latest:
            let latest = try latestBackup()
            found = (latest.store, latest.entry)
            passedOver = latest.passedOver
        case .backup(let name): found = try await locate(name, for: driver.restoreTarget)
        }
        try check(found.entry)
        let entry = try await provenBackup(found.entry, in: found.store, of: driver) {
            events(.verifying($0))
        }
        guard let manifest = try? found.store.manifest(of: entry.name) else {
            throw Diagnostics([
                Diagnostic(.backupDamaged, "the manifest of \(entry.name) cannot be read")
            ])
        }
        return Source(
            entry: entry, path: found.store.folder.appending(entry.name), manifest: manifest,
            jobs: found.store.options.jobs, passedOver: passedOver)
    }

    private func latestBackup() throws(Diagnostics) -> (
        store: BackupStore, entry: BackupEntry, passedOver: [BackupEntry]
    ) {
        let store = try backupStore()
        let all = try store.list(of: driver.engine, driver.target).filter {
            $0.isHere && $0.provider == "dump"
        }
        if let index = all.firstIndex(where: \.isSound) {
            return (store, all[index], Array(all[..<index]))
        }
        throw Diagnostics([
            Diagnostic(
                .backupUnknown,
                "there is no good backup of \(driver.target.name) in \(store.folder)",
                help: ["take one: apus backup", "or begin with nothing: apus test --from nothing"])
        ])
    }

    private func fill(
        _ database: any EphemeralDatabase, from source: Source,
        _ events: @escaping @Sendable (RehearsalEvent) -> Void
    ) async throws(Diagnostics) {
        let loading = RestoreLoading(
            tool: source.manifest.tool,
            bytes: source.manifest.databaseBytes ?? source.manifest.bytes, jobs: source.jobs)
        let expected = source.manifest.databaseBytes
        do throws(Diagnostics) {
            try await load(database, from: source, loading) {
                events(.loading(bytes: $0, expected: expected))
            }
        } catch {
            guard error.all[0].code == .restoreFailed else { throw error }
            var failure = error.all[0]
            failure.help.append(
                "look at the backup itself: apus restore \(source.entry.name.shellWord)")
            if driver.engine == .postgres {
                failure.help.append(
                    "where the role may not do what is in it: apus test --private-server, or another --database-url"
                )
            }
            throw Diagnostics([failure] + error.all.dropFirst())
        }
    }

    private func load(
        _ database: any EphemeralDatabase, from source: Source, _ loading: RestoreLoading,
        _ progress: @escaping @Sendable (Int64) -> Void
    ) async throws(Diagnostics) {
        try await asking { () async throws(DatabaseError) in
            try await accompanied(every: options.lockCheck) { () async throws(DatabaseError) in
                try await database.load(from: source.path, loading, progress: progress)
            } by: { () async throws(DatabaseError) in
                try await database.confirm()
            }
        }
    }

    // MARK: The end

    /// Removes it whatever has become of this task; a warning where that did not work.
    private func remove(_ database: any EphemeralDatabase) async -> Diagnostic? {
        let removal = Task { () async -> DatabaseError? in
            do throws(DatabaseError) {
                try await database.remove()
                return nil
            } catch {
                return error
            }
        }
        guard let error = await removal.value else { return nil }
        var warning = error.diagnostic
        warning.severity = .warning
        warning.message = "the rehearsal's database could not be removed: \(warning.message)"
        warning.help = ["the next rehearsal removes it: apus test"]
        return warning
    }

    private func removed(
        _ database: any EphemeralDatabase, after error: Diagnostics
    ) async -> Diagnostics {
        let warning = await remove(database)
        var problem = error.all[0]
        problem.state =
            warning == nil
            ? "the rehearsal's database was removed. \(driver.target.name) was not touched."
            : "\(driver.target.name) was not touched."
        return Diagnostics([problem] + error.all.dropFirst() + [warning].compactMap(\.self))
    }

    /// Tells the database that it is for; one without a history has nothing that a gate protects.
    private func record(
        _ source: Source?, _ request: RehearsalRequest, _ report: inout RehearsalReport
    ) async {
        guard let source, report.passed, !report.way.passages.isEmpty,
            let takenAt = Timestamp(isoText: source.entry.takenAt)
        else { return }
        let record = RehearsalRecord(
            passedAt: now(), passedBy: options.startedBy, toolVersion: options.toolVersion,
            backup: source.entry.name, backupTakenAt: takenAt, planDigest: report.planDigest,
            from: report.from, to: report.to, way: report.way)
        do throws(Diagnostics) {
            report.isRecorded = try await keep(record)
            let objection = options.rehearsal?.objection(
                to: record, of: request.target, now: record.passedAt)
            if report.isRecorded, let objection { report.findings.append(objection) }
        } catch {
            var warning = error.all[0]
            warning.severity = .warning
            warning.message =
                "\(driver.target.name) could not be told of the rehearsal: \(warning.message)"
            warning.state = "where a rehearsal is required, migrate will not find this one."
            report.findings.append(warning)
        }
    }

    private func keep(_ record: RehearsalRecord) async throws(Diagnostics) -> Bool {
        try await withSession { (session) throws(Diagnostics) in
            try await asking { () async throws(DatabaseError) in
                guard case .present = try await session.history(withTexts: false).registry else {
                    return false
                }
                try await session.acquireLock(waitingAtMost: options.lockWait) { _ in }
                try await session.prepareRegistry()
                try await session.recordRehearsal(record)
                try await session.releaseLock()
                return true
            }
        }
    }
}

extension Timestamp {
    /// Reads ISO 8601 as manifests write it; `nil` for anything else.
    init?(isoText: String) {
        guard let date = try? Date(isoText, strategy: .iso8601) else { return nil }
        self.init(microseconds: Int64((date.timeIntervalSince1970 * 1_000_000).rounded()))
    }
}

extension BackupEntry {
    /// That a rehearsal does not begin with it.
    fileprivate var isPassedOver: Diagnostic {
        Diagnostic(
            .backupDamaged, "\(name) is newer, and passed over", severity: .warning,
            details: [problem ?? "it was never verified"],
            help: ["apus backup verify \(name.shellWord)"])
    }
}
