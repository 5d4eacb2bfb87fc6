import ApusCore
import Foundation
import SystemPackage

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// What processes that died while they took or removed a backup left in the folder.
struct UnfinishedBackups {
    let folder: FilePath

    /// What a manifest is called while its backup is being removed.
    static func removal(of backup: String) -> String { "\(backup)\(removalEnding)" }

    private static let removalEnding = ".json.removed"

    /// The names of half-written backups that nobody writes any more, of what SQLite kept beside one that
    /// somebody removed, of half-removed ones, and of
    /// documents beside no backup that are no manifests.
    func all() -> [String] {
        (partials { _ in true } + companions() + removals() + orphans()).sorted()
    }

    /// Removes them; what cannot be removed stays, and is never taken for a backup.
    @discardableResult
    func clear() -> [String] {
        (partials(removeWritten) + companions().filter(remove) + removals().filter(finishRemoval)
            + orphans().filter(remove)).sorted()
    }

    /// A half-written backup, its manifest first.
    private func removeWritten(_ partial: String) -> Bool {
        let manifest = "\(partial.dropLast(".partial".count)).json"
        guard !exists(manifest) || remove(manifest) else { return false }
        for ending in DurableFile.databaseCompanions where exists(partial + ending) {
            guard remove(partial + ending) else { return false }
        }
        return remove(partial)
    }

    /// What SQLite kept beside half-written backups that are gone.
    private func companions() -> [String] {
        names.filter { name in
            guard
                let ending = DurableFile.databaseCompanions.first(where: {
                    name.hasSuffix(".partial\($0)")
                })
            else { return false }
            let partial = String(name.dropLast(ending.count))
            return BackupName.isOne(String(partial.dropLast(".partial".count))) && !exists(partial)
        }
    }

    private func finishRemoval(_ name: String) -> Bool {
        let backup = String(name.dropLast(Self.removalEnding.count))
        guard !exists(backup) || remove(backup) else { return false }
        return remove(name)
    }

    private func removals() -> [String] {
        names.filter { name in
            name.hasSuffix(Self.removalEnding)
                && BackupName.isOne(String(name.dropLast(Self.removalEnding.count)))
        }
    }

    private func remove(_ name: String) -> Bool {
        do {
            try FileManager.default.removeItem(atPath: folder.appending(name).string)
            return true
        } catch {
            return false
        }
    }

    /// Applies `body` to each while holding its lock; the names for which it answered true.
    private func partials(_ body: (String) -> Bool) -> [String] {
        names.filter { name in
            guard name.hasSuffix(".partial"), BackupName.isOne(String(name.dropLast(8))),
                // On a disk without locks nobody can tell whether it is being written.
                let descriptor = try? PartialBackup.lock(folder.appending(name))
            else { return false }
            defer { close(descriptor) }
            return body(name)
        }
    }

    private func orphans() -> [String] {
        names.filter { name in
            guard name.hasSuffix(".json"), BackupName.isOne(name) else { return false }
            let backup = String(name.dropLast(5))
            // In this order: a writer gives the partial backup its name in between.
            if exists("\(backup).partial") || exists(backup) { return false }
            // A manifest whose backup somebody removed is told of: it was a good backup.
            return (try? BackupStore(folder: folder).manifest(of: backup)) == nil
        }
    }

    private func exists(_ name: String) -> Bool {
        FileManager.default.fileExists(atPath: folder.appending(name).string)
    }

    private var names: [String] {
        // A folder that cannot be read is told of by whoever writes to it.
        (try? FileManager.default.contentsOfDirectory(atPath: folder.string)) ?? []
    }
}
