import ApusCore
import Foundation
import SystemPackage

/// What pruning removed, and what it left.
public struct Pruning: Hashable, Sendable {
    /// Newest first.
    public var removed: [BackupEntry] = []
    public var kept: [BackupEntry] = []
    /// Neither counted nor removed: damaged, or never proven readable; with the reason in `problem`.
    public var unsound: [BackupEntry] = []
    /// What processes that died left half written.
    public var leftovers: [String] = []
}

extension BackupStore {
    /// What processes that died while they took a backup left in the folder: never listed, and
    /// removed by the next backup.
    public func leftovers() -> [String] { UnfinishedBackups(folder: folder).all() }

    /// Removes what a retention lets go of, of one database; with `dryRun`, only says what.
    ///
    /// Whatever is counted as good is read in full first, so that no damaged backup pushes out a
    /// good one. The backups of one run count once, and those of the run `current` stay in any case.
    func prune(
        of engine: DatabaseEngine, _ target: DatabaseTarget, by retention: Retention,
        now: Timestamp, dryRun: Bool, during current: RunID? = nil
    ) throws(Diagnostics) -> Pruning {
        let unfinished = UnfinishedBackups(folder: folder)
        var pruning = Pruning()
        pruning.leftovers = dryRun ? unfinished.all() : unfinished.clear()
        let entries = try list(of: engine, target)
        let mayRemove = Self.count(entries.filter(\.isSound)) > retention.needed
        var good = 0
        var keptRuns: Set<Int64> = []
        for var entry in entries {
            guard entry.isSound else {
                entry.problem = entry.problem ?? "nothing proved it readable when it was taken"
                pruning.unsound.append(entry)
                continue
            }
            let isOfKeptRun = entry.run.map { keptRuns.contains($0) } ?? false
            if !isOfKeptRun, entry.run == nil || entry.run != current?.number,
                retention.allowsRemoval(goodOnesBefore: good, age: entry.age(at: now))
            {
                if !dryRun { try remove(entry) }
                pruning.removed.append(entry)
                continue
            }
            // Where nothing can go, nothing has to be read.
            if mayRemove, good < retention.needed {
                do throws(DatabaseError) {
                    try prove(entry)
                } catch {
                    entry.problem = error.detail ?? error.message
                    pruning.unsound.append(entry)
                    continue
                }
            }
            if !isOfKeptRun { good += 1 }
            if let run = entry.run { keptRuns.insert(run) }
            pruning.kept.append(entry)
        }
        return pruning
    }

    /// How many there are where those of one run count once.
    private static func count(_ entries: [BackupEntry]) -> Int {
        let runs = entries.compactMap(\.run)
        return entries.count - runs.count + Set(runs).count
    }

    /// The manifest is put aside first, so that nobody takes what is half removed for a backup that is
    /// damaged; a process that dies in between is finished by the next backup.
    private func remove(_ entry: BackupEntry) throws(Diagnostics) {
        do {
            let removal = folder.appending(UnfinishedBackups.removal(of: entry.name)).string
            try FileManager.default.moveItem(
                atPath: manifestPath(of: entry.name).string, toPath: removal)
            failpoint("backup.removal-begun")
            if entry.isHere {
                try FileManager.default.removeItem(atPath: folder.appending(entry.name).string)
            }
            failpoint("backup.half-removed")
            try FileManager.default.removeItem(atPath: removal)
        } catch {
            throw Diagnostics([
                Diagnostic(
                    .backupFailed, "the backup \(entry.name) cannot be removed",
                    details: [error.localizedDescription])
            ])
        }
    }
}

extension BackupEntry {
    /// How long ago it was taken; nothing where that cannot be read.
    fileprivate func age(at now: Timestamp) -> Duration {
        guard let taken = try? Date(takenAt, strategy: .iso8601) else { return .zero }
        let seconds = Double(now.microseconds) / 1_000_000 - taken.timeIntervalSince1970
        return .seconds(max(0, seconds))
    }
}
