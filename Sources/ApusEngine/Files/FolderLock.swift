public import ApusCore
import Foundation
public import SystemPackage

extension MigrationFolder {
    /// Where the folder's lock stands, if it has one.
    public var lockPath: FilePath { path.appending(MigrationLock.fileName) }

    /// Whether there is a lock file, readable or not.
    public var hasLock: Bool {
        isSymbolicLink(lockPath) || FileManager.default.fileExists(atPath: lockPath.string)
    }

    /// The folder's lock; `nil` where it has none. Throws `lock-file-invalid` or `file-unreadable`.
    func lock() throws(Diagnostic) -> MigrationLock? {
        guard let text = try lockText() else { return nil }
        do throws(MigrationLock.Unreadable) {
            return try MigrationLock(text: text)
        } catch {
            throw error.diagnostic(path: lockPath.string)
        }
    }

    fileprivate func lockText() throws(Diagnostic) -> String? {
        guard hasLock else { return nil }
        try checkInside(lockPath)
        return try SourceReader.read(lockPath).text
    }
}

/// What `lock` finds and writes in one folder.
public struct FolderLock: Hashable, Sendable {
    public enum Occasion: Hashable, Sendable {
        /// There was none.
        case new
        /// It says already what it should.
        case unchanged
        case replaced(MigrationLock.Changes)
        /// The one that is there cannot be read, so that nobody knows what changes.
        case unreadable(MigrationLock.Unreadable)
    }

    public var path: FilePath
    public var occasion: Occasion
    public var lock: MigrationLock

    /// Decides what would be written. Throws what is wrong with the migration files, and
    /// `lock-file-invalid` for something in the lock's place that is not Apus's, or a later Apus's.
    public static func decide(for folder: MigrationFolder) throws(Diagnostics) -> FolderLock {
        let survey = try folder.surveyFiles()
        if !survey.problems.isEmpty { throw Diagnostics(survey.problems) }
        let lock = MigrationLock(survey.migrations)
        do throws(Diagnostic) {
            let old = try folder.lockText()
            return FolderLock(
                path: folder.lockPath,
                occasion: try occasion(old, lock, survey.migrations, folder.lockPath), lock: lock)
        } catch {
            throw Diagnostics([error])
        }
    }

    private static func occasion(
        _ text: String?, _ new: MigrationLock, _ migrations: [Migration], _ path: FilePath
    ) throws(Diagnostic) -> Occasion {
        guard let text else { return .new }
        do throws(MigrationLock.Unreadable) {
            let old = try MigrationLock(text: text)
            return old.entries.map(\.hash) == new.entries.map(\.hash)
                ? .unchanged : .replaced(old.changes(to: migrations))
        } catch {
            guard error.isReplaceable else { throw error.diagnostic(path: path.string) }
            return .unreadable(error)
        }
    }

    /// Writes the file, in full or not at all. Throws `file-unreadable` where that fails.
    public func write() throws(Diagnostics) {
        if occasion == .unchanged { return }
        do throws(Errno) {
            try DurableFile.replace(path, with: Array(lock.text.utf8))
        } catch {
            throw Diagnostics([
                Diagnostic(.fileUnreadable, "\(path) cannot be written: \(error.description)")
            ])
        }
    }
}
