import ApusCore
import Foundation
import SystemPackage

/// Everything that an examination has looked at, before anybody judges it.
struct Observations: Sendable {
    /// What was asked of the database; the error where it did not answer.
    typealias Answer<Value: Sendable> = Result<Value, DatabaseError>

    var target: DatabaseTarget
    var facts: Answer<ServerFacts>
    /// `nil` where there was no connection to ask over.
    var history: Answer<History>?
    var contradictions: Answer<[JournalContradiction]>?
    /// The live schema beside the recorded one.
    var schema: Answer<SchemaComparison?>?
    var health: Answer<DatabaseHealth>?
    var lock: Answer<RunLock>?
    var schedule: Answer<[ScheduleEntry]>?
    /// What a backup could be made with.
    var tools: Answer<String>?
    var survey: Result<FolderSurvey, Diagnostics>
    /// The migrations folder as it was configured.
    var folder: String
    /// Those of this database; `nil` where no backup folder is configured.
    var backups: Result<[BackupEntry], Diagnostics>?
    /// Whether the last of them was read in full.
    var isBackupRead = false
    /// Files in the backup folder that a process left which died.
    var leftovers: [String] = []
    /// Where backups cannot be written to, and why: the folder, or the one that it would be made in.
    var unwritable: (folder: String, reason: String)?
    /// Paths of backups that other users of this machine may read.
    var exposed: [String] = []
    /// What the next backup needs; `nil` where the database's size is not known, or a command of the
    /// user's takes it.
    var space: BackupSpace?
    /// Free bytes where backups go, where it can be told.
    var freeBytes: Int64?
    var policy: Migrator.BackupPolicy
    var now: Timestamp
}

/// What an examination takes for too long.
public struct ExaminationLimits: Hashable, Sendable {
    /// Sessions that are idle in a transaction, and prepared transactions.
    public var idle: Duration
    public var statement: Duration
    /// The last backup's age.
    public var backup: Duration

    public init(
        idle: Duration = .seconds(30), statement: Duration = .seconds(60),
        backup: Duration = .seconds(7 * 86_400)
    ) {
        self.idle = idle
        self.statement = statement
        self.backup = backup
    }
}

extension Migrator {
    /// Looks at database, files, backups and disk, and says what is not as it should be. Changes
    /// nothing, and finds what it can whatever else is broken.
    ///
    /// - Parameters:
    ///   - settings: The configuration, for the report.
    ///   - readsBackup: Whether the last backup is read in full, which takes as long as it is large;
    ///     otherwise its size is looked at.
    public func diagnose(
        settings: [Diagnosis.Setting] = [], limits: ExaminationLimits = ExaminationLimits(),
        readsBackup: Bool = true
    ) async -> Diagnosis {
        var seen = await observations(comparesSchema: true)
        if readsBackup, let backups {
            seen.backups = seen.backups.map { proven($0, in: backups) }
            seen.isBackupRead = true
        }
        return Diagnosis(
            findings: Examination(seen: seen, limits: limits).findings, settings: settings,
            facts: try? seen.facts.get())
    }

    /// With the last backup read in full: a size alone proves nothing.
    private func proven(
        _ found: Result<[BackupEntry], Diagnostics>, in backups: BackupStore
    ) -> Result<[BackupEntry], Diagnostics> {
        found.map { entries in
            guard var last = entries.first, last.problem == nil else { return entries }
            do throws(DatabaseError) {
                try backups.prove(last)
                return entries
            } catch {
                last.problem = error.detail ?? error.message
                return [last] + entries.dropFirst()
            }
        }
    }

    func observations(comparesSchema: Bool = false) async -> Observations {
        var seen = Observations(
            target: driver.target, facts: .failure(DatabaseError(.cannotConnect, "not asked")),
            survey: Result { () throws(Diagnostics) in try folder.survey() },
            folder: folder.path.string, policy: options.backup, now: now())
        await look(driver, &seen, comparesSchema)
        if let backups { look(backups, &seen) }
        return seen
    }

    private func look(_ backups: BackupStore, _ seen: inout Observations) {
        do throws(Diagnostics) {
            let entries = try backups.list(of: driver.engine, driver.target)
            seen.backups = .success(entries)
            if FileFacts.isOpenToOthers(backups.folder) {
                seen.exposed = entries.map(\.path).filter {
                    FileFacts.isOpenToOthers(FilePath($0))
                }
            }
        } catch {
            seen.backups = .failure(error)
        }
        seen.leftovers = backups.leftovers().map { backups.folder.appending($0).string }
        let place = backups.folder.nearestThatExists
        seen.unwritable = FileFacts.obstacle(toWritingIn: place).map { (place.string, $0) }
        guard backups.options.provider == .dump else { return }
        seen.freeBytes = backups.options.freeSpace(place)
        if let bytes = (try? seen.health?.get())?.bytes {
            seen.space = BackupSpace(
                databaseBytes: bytes,
                earlier: backups.latestRatio(of: driver.engine, driver.target),
                isPlainCopy: driver.engine == .sqlite)
        }
    }

    private func look(
        _ driver: some Driver, _ seen: inout Observations, _ comparesSchema: Bool
    ) async {
        let session: any DatabaseSession
        do throws(DatabaseError) {
            session = try await driver.openSession()
        } catch {
            seen.facts = .failure(error)
            return
        }
        seen.facts = await answer { () async throws(DatabaseError) in try await session.facts() }
        // With texts: whether each is what its checksum says is part of the question.
        seen.history = await answer { () async throws(DatabaseError) in try await session.history()
        }
        seen.contradictions = await answer { () async throws(DatabaseError) in
            try await session.contradictions()
        }
        seen.lock = await answer { () async throws(DatabaseError) in try await session.runLock() }
        seen.schedule = await answer { () async throws(DatabaseError) in
            try await session.schedule(limit: 20)
        }
        seen.health = await answer { () async throws(DatabaseError) in try await session.health() }
        if comparesSchema {
            seen.schema = await answer { () async throws(DatabaseError) in
                try await SchemaComparison.withRecorded(session)
            }
        }
        await session.close()
        if let backups, backups.options.provider == .dump {
            seen.tools = await answer { () async throws(DatabaseError) in
                try await driver.backupSource.check()
            }
        }
    }

    private func answer<Value: Sendable>(
        _ question: () async throws(DatabaseError) -> Value
    ) async -> Observations.Answer<Value> {
        do throws(DatabaseError) {
            return .success(try await question())
        } catch {
            return .failure(error)
        }
    }
}

extension FilePath {
    /// The path, or the first folder above it that is there.
    fileprivate var nearestThatExists: FilePath {
        var place = self
        while !place.isEmpty, !FileManager.default.fileExists(atPath: place.string) {
            let above = place.removingLastComponent()
            if above == place { break }
            place = above
        }
        return place.isEmpty ? "." : place
    }
}
