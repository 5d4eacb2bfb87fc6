import ApusCore
import SystemPackage

/// One restore: the backup is proven, loaded into a new database, compared with its manifest, and
/// noted in the history that came with it.
struct Restoration<D: Driver> {
    let migrator: Migrator
    let driver: D
    let store: BackupStore
    let entry: BackupEntry
    let request: RestoreRequest
    let events: @Sendable (RestoreEvent) -> Void
    private let clock = ContinuousClock()

    init(
        migrator: Migrator, driver: D, store: BackupStore, entry: BackupEntry,
        request: RestoreRequest, events: @escaping @Sendable (RestoreEvent) -> Void
    ) {
        self.migrator = migrator
        self.driver = driver
        self.store = store
        self.entry = entry
        self.request = request
        self.events = events
    }

    func perform() async throws(Diagnostics) -> RestoreReport {
        let start = clock.now
        let live = driver.restoreTarget
        let name = request.name ?? live.name(adding: "_restored")
        let fresh = try await asking { () async throws(DatabaseError) in try driver.named(name) }
        let target = fresh.restoreTarget
        try await clearTheWay(target, name)
        try await asking { () async throws(DatabaseError) in try checkSpace(target) }
        let manifest = try await prove()

        var report = RestoreReport(
            backup: entry, database: fresh.target, name: name, tables: manifest.tables.count,
            rows: manifest.tables.reduce(0) { $0 + $1.rows }, exchangeCommands: [],
            duration: .zero,
            warnings: [BackupOrigin(backup: entry, live: driver.target).warning].compactMap(\.self))
        failpoint("restore.proven")
        events(.creating(name: name))
        let properties = manifest.properties?.map { DatabaseProperty($0.name, $0.value) } ?? []
        let made = try await asking { () async throws(DatabaseError) in
            try DatabaseError.checkInterruption(of: "the restore")
            return try await target.begin(
                RestoreMark(
                    backup: entry.name, begunAt: migrator.now().isoText,
                    begunBy: migrator.options.startedBy),
                like: properties)
        }
        failpoint("restore.begun")
        do throws(Diagnostics) {
            let differences = try await fill(target, manifest, &report)
            report.warnings += try await asking { () async throws(DatabaseError) in
                try DatabaseError.checkInterruption(of: "the restore")
                return try await target.complete(
                    properties, keepingOwners: request.keepsOwners)
            }
            failpoint("restore.completed")
            try refuse(differences, name)
        } catch {
            throw await undone(target, name, wasMade: made, error)
        }
        try await swap(target, live, &report)
        report.duration = clock.now - start
        return report
    }

    // MARK: Before

    /// The name must be free; what an earlier restore left there is removed.
    private func clearTheWay(
        _ target: D.Restore, _ name: String
    ) async throws(Diagnostics) {
        try await asking { () async throws(DatabaseError) in
            switch try await target.occupant() {
            case .none, .empty: break
            case .occupied(let what):
                throw DatabaseError(
                    .restoreOccupied, "\(name) is not empty: it has \(what)",
                    help: [
                        "restore under another name: apus restore \(request.backup.shellWord) --into NAME",
                        "or drop \(name), if nobody needs it",
                    ]
                        + (request.swaps
                            ? ["or, if it was restored before: \(Self.swapping(name))"]
                            : []))
            case .busy(let holder):
                throw DatabaseError(
                    .databaseInUse, "another restore into \(name) is going on",
                    detail: holder?.processID.map { "by process \($0)" })
            case .unfinished(let mark):
                if mark?.wasThere == true { throw notOurs(name) }
                try await target.discard()
                events(.cleared(UnfinishedRestore(name: name, mark: mark)))
            }
        }
    }

    /// Somebody made that database for restores, who may be the only one that can make it again.
    private func notOurs(_ name: String) -> DatabaseError {
        DatabaseError(
            .restoreOccupied,
            "\(name) is half filled by an unfinished restore, and was there before it: it is not removed",
            help: [
                "have \(name) dropped and made again, empty; then: apus restore \(request.backup.shellWord) --into \(name.shellWord)",
                "or restore under another name: apus restore \(request.backup.shellWord) --into NAME",
            ])
    }

    private func checkSpace(_ target: D.Restore) throws(DatabaseError) {
        guard let folder = target.folder else { return }
        try BackupSpace.checkRestore(
            of: entry.databaseBytes ?? entry.bytes, into: folder,
            free: store.options.freeSpace(folder))
    }

    /// Reads the backup in full, and what it says of itself.
    private func prove() async throws(Diagnostics) -> BackupManifest {
        let entry = try await migrator.provenBackup(entry, in: store, of: driver) { [events] in
            events(.verifying($0))
        }
        events(.verified(entry))
        guard let manifest = try? store.manifest(of: entry.name) else {
            throw Diagnostics([
                Diagnostic(.backupDamaged, "the manifest of \(entry.name) cannot be read")
            ])
        }
        return manifest
    }

    // MARK: Filling

    /// Everything that happens under the new database's own migration lock; in what it differs from
    /// the manifest in the end.
    private func fill(
        _ target: D.Restore, _ manifest: BackupManifest, _ report: inout RestoreReport
    ) async throws(Diagnostics) -> [String] {
        let session = try await asking { () async throws(DatabaseError) in
            try await target.openSession()
        }
        do throws(Diagnostics) {
            try await asking { () async throws(DatabaseError) in
                try await session.acquireLock(waitingAtMost: .zero) { _ in }
                failpoint("restore.locked")
                try await load(target, manifest, under: session)
            }
            failpoint("restore.loaded")
            let differences = try await compare(target, manifest, &report.warnings)
            try await record(session, manifest, &report)
            failpoint("restore.recorded")
            await session.close()
            return differences
        } catch {
            await session.close()
            throw error
        }
    }

    private func load(
        _ target: D.Restore, _ manifest: BackupManifest, under session: any DatabaseSession
    ) async throws(DatabaseError) {
        let start = clock.now
        let loading = RestoreLoading(
            tool: manifest.tool, bytes: manifest.databaseBytes ?? manifest.bytes,
            jobs: store.options.jobs, keepsOwners: request.keepsOwners)
        let (path, events) = (store.folder.appending(entry.name), events)
        try await accompanied(every: migrator.options.lockCheck) { () async throws(DatabaseError) in
            try await target.load(from: path, loading) {
                events(.loading(bytes: $0, expected: manifest.databaseBytes))
            }
        } by: { () async throws(DatabaseError) in
            try await session.confirmLock()
        }
        events(.loaded(name: target.name(adding: ""), clock.now - start))
    }

    /// In what the restored database differs; of what another release of the server writes
    /// differently, a warning.
    private func compare(
        _ target: D.Restore, _ manifest: BackupManifest, _ warnings: inout [Diagnostic]
    ) async throws(Diagnostics) -> [String] {
        let contents = try await asking { () async throws(DatabaseError) in
            try await target.contents()
        }
        var differences = Comparison(
            expected: manifest.tables.map { .init(name: $0.name, rows: $0.rows) },
            found: contents.tables
        ).differences
        if var before = manifest.schema, let after = contents.schema {
            let unbuilt = before.removeInvalidIndexes(missingIn: after)
            if !unbuilt.isEmpty { warnings.append(leftOut(unbuilt)) }
            let lines = SchemaDifference.between(
                before, after, ignoringRoles: !request.keepsOwners
            ).lines
            // Another release of a server may write the same schema differently.
            if before.serverRelease == after.serverRelease {
                differences += lines
            } else if !lines.isEmpty {
                warnings += [otherRelease(before, after, lines)]
            }
        }
        if differences.isEmpty {
            let rows = contents.tables.reduce(0) { $0 + $1.rows }
            events(.compared(tables: contents.tables.count, rows: rows))
        }
        return differences
    }

    /// `pg_dump` leaves out an index that a broken build left, and nobody could use it.
    private func leftOut(_ indexes: [SchemaObject]) -> Diagnostic {
        Diagnostic(
            .invalidIndex,
            "no backup holds an index that is not valid, and this one has none of those",
            severity: .warning, details: indexes.map(\.name),
            help: ["build it anew where it is wanted, or drop it in the live database as well"])
    }

    private func otherRelease(
        _ before: SchemaSnapshot, _ after: SchemaSnapshot, _ lines: [String]
    ) -> Diagnostic {
        Diagnostic(
            .restoreDiffers,
            "the schema reads differently on \(after.serverRelease) than it did on \(before.serverRelease)",
            severity: .warning, details: Array(lines.prefix(20)),
            help: ["look whether it means the same"])
    }

    /// Throws `restoreDiffers`: a person has to look.
    private func refuse(_ differences: [String], _ name: String) throws(Diagnostics) {
        guard !differences.isEmpty else { return }
        throw Diagnostics([
            Diagnostic(
                .restoreDiffers, "what was restored is not what \(entry.name) held",
                details: Array(differences.prefix(20)),
                state: "it is kept as \(name), to be looked at. \(untouched)",
                help: ["if it is right all the same: \(Self.swapping(name))"])
        ])
    }

    /// Notes the restore in the history that came with the backup, and closes the runs that stood
    /// open in it: the backup of a run holds that run's own row, which nobody will ever close.
    private func record(
        _ session: any DatabaseSession, _ manifest: BackupManifest, _ report: inout RestoreReport
    ) async throws(Diagnostics) {
        let names = (try? migrator.folder.fileNames()) ?? []
        let files = names.compactMap { try? MigrationParser.identifier(fileName: $0, path: $0) }
        let noted = try await asking { () async throws(DatabaseError) -> Noted in
            let history = try await session.history(withTexts: false)
            let version = PlanInput.databaseVersion(
                files: files, applied: Set(history.applied.map(\.id)))
            guard history.registry.isPresent else { return Noted(version: version) }
            let open = try await session.runs(limit: 100).filter { $0.status == .running }
            try await session.prepareRegistry()
            let run = try await session.beginRun(
                RunStart(
                    kind: .restore, summary: BackupOrigin.summary(ofRestoring: entry.name),
                    planDigest: Checksum(of: manifest.digest ?? manifest.sha256 ?? entry.name),
                    from: nil, to: version, steps: 0, startedBy: migrator.options.startedBy,
                    applicationVersion: nil, toolVersion: migrator.options.toolVersion))
            try await session.endRun(
                run, RunEnd(status: .succeeded, schema: try await session.schema()))
            return Noted(version: version, run: run, closed: open.map(\.id))
        }
        (report.version, report.run) = (noted.version, noted.run)
        if let run = noted.run { events(.recorded(run, closed: noted.closed)) }
    }

    private struct Noted: Sendable {
        var version: SemanticVersion?
        var run: RunID?
        var closed: [RunID] = []
    }

    // MARK: After

    /// Removes what was half made, unless a person has to look at it, and says what is left.
    private func undone(
        _ target: D.Restore, _ name: String, wasMade: Bool, _ error: Diagnostics
    ) async -> Diagnostics {
        var problem = error.all[0]
        if problem.code == .restoreDiffers { return error }
        guard wasMade else {
            problem.state =
                "\(name), which was there before, may be half filled: have it dropped, and made again empty. \(untouched)"
            return Diagnostics([problem])
        }
        // Not as a part of this task, which may be a cancelled one.
        let removal = Task { () async -> DatabaseError? in
            do throws(DatabaseError) {
                try await target.discard()
                return nil
            } catch {
                return error
            }
        }
        if let failure = await removal.value {
            problem.state =
                "\(name) is left half made: the next restore into it removes it. \(untouched)"
            problem.details.append("it could not be removed: \(failure.message)")
        } else {
            problem.state = "the half-made \(name) was removed. \(untouched)"
        }
        return Diagnostics([problem])
    }

    /// The command that exchanges it later.
    private static func swapping(_ name: String) -> String {
        "apus restore --swap --into \(name.shellWord)"
    }

    private var untouched: String { "\(driver.target.name) was not touched." }

    /// Exchanges the two, or says how a person does it.
    private func swap(
        _ target: D.Restore, _ live: D.Restore, _ report: inout RestoreReport
    ) async throws(Diagnostics) {
        guard report.database != driver.target else { return }
        let kept = try await asking { () async throws(DatabaseError) in
            try await migrator.keptName(driver)
        }
        guard request.swaps else {
            // What belongs elsewhere is not offered for the live one's place.
            let origin = BackupOrigin(backup: entry, live: driver.target)
            if !origin.isOfAnother {
                report.exchangeCommands = target.exchangeCommands(with: live, keeping: kept)
            }
            return
        }
        do throws(DatabaseError) {
            try DatabaseError.checkInterruption(of: "the restore")
            let exchange = try await target.exchange(
                with: live, keeping: kept, endingConnections: request.endsConnections)
            report.exchange = exchange
            report.database = driver.target
            events(.exchanged(exchange))
        } catch {
            var failure = error.diagnostic
            failure.state =
                "the backup is restored, as \(report.database.name); \(untouched)"
            failure.help.append("then: \(Self.swapping(report.name))")
            report.failure = failure
            report.exchangeCommands = target.exchangeCommands(with: live, keeping: kept)
        }
    }
}

extension SchemaSnapshot {
    /// Takes out the indexes that are not valid and that another schema does not have.
    fileprivate mutating func removeInvalidIndexes(
        missingIn other: SchemaSnapshot
    ) -> [SchemaObject] {
        let there = Set(other.objects.lazy.filter { $0.kind == .index }.map(\.name))
        func isLeftOut(_ object: SchemaObject) -> Bool {
            object.kind == .index && object["valid"] == "no" && !there.contains(object.name)
        }
        let found = objects.filter(isLeftOut)
        if !found.isEmpty {
            self = SchemaSnapshot(
                engine: engine, server: server, objects: objects.filter { !isLeftOut($0) })
        }
        return found
    }
}

/// What a restored database holds, beside what its backup held.
struct Comparison {
    var expected: [BackupContents.Table]
    var found: [BackupContents.Table]

    /// A line for each table that differs.
    var differences: [String] {
        let before = Dictionary(expected.map { ($0.name, $0.rows) }) { $1 }
        let after = Dictionary(found.map { ($0.name, $0.rows) }) { $1 }
        return Set(before.keys).union(after.keys).sorted().compactMap { name in
            switch (before[name], after[name]) {
            case (let rows?, nil):
                "the table \(name) with \(rows) row\(rows == 1 ? "" : "s") is missing"
            case (nil, let rows?):
                "the table \(name) with \(rows) row\(rows == 1 ? "" : "s") was not in the backup"
            case (let rows?, let now?) where rows != now:
                "\(name) has \(now) row\(now == 1 ? "" : "s") instead of \(rows)"
            default: nil
            }
        }
    }
}
