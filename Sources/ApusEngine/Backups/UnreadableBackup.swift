import ApusCore
package import SystemPackage

extension DatabaseError {
    /// That a backup's file cannot be read: damaged, or only not for this user.
    package static func unreadableBackup(_ path: FilePath, _ error: any Error) -> DatabaseError {
        let reason = error as? Errno
        let text = reason?.description ?? "\(error)"
        guard reason == .permissionDenied || reason == .notPermitted else {
            return DatabaseError(.backupDamaged, "\(path) cannot be read: \(text)")
        }
        return DatabaseError(
            .fileUnreadable, "\(path) cannot be read: \(text)",
            help: ["as its owner: chmod u+r \(path.string.shellWord)"])
    }
}
