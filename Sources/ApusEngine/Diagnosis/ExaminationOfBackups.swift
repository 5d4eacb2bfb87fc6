import ApusCore
import Foundation

/// The last backup, what a broken one left, and the room for the next.
extension Examination {
    var backups: [Finding] {
        let entries: [BackupEntry]
        switch seen.backups {
        case nil: return []
        case .failure(let problems)?: return problems.all.map { Finding(.backups, $0) }
        case .success(let found)?: entries = found
        }
        return lastBackup(entries) + unwritable + exposed
            + seen.leftovers.map { path in
                Finding(
                    .backups, .notice,
                    "\(path) was left by a process that died while it took a backup",
                    details: ["the next backup removes it"],
                    help: ["remove it: rm -r \(path.shellWord)*"])
            }
    }

    private var unwritable: [Finding] {
        guard let (folder, reason) = seen.unwritable else { return [] }
        let isNeeded = seen.policy != .never
        return [
            Finding(
                .backups, isNeeded ? .error : .warning,
                "no backup can be written to \(folder): \(reason)",
                help: [
                    "let whoever runs apus write there, or name another folder: backups: FOLDER in apus.yaml; then: apus doctor"
                ], code: isNeeded ? .backupFailed : nil)
        ]
    }

    private var exposed: [Finding] {
        guard let first = seen.exposed.first else { return [] }
        let count = seen.exposed.count
        return [
            Finding(
                .backups, .warning,
                count == 1
                    ? "other users of this machine may read \(first)"
                    : "other users of this machine may read \(count) backups, such as \(first)",
                help: [
                    "keep them for their owner: chmod -R go= \(seen.exposed.map(\.shellWord).joined(separator: " "))"
                ])
        ]
    }

    private func lastBackup(_ entries: [BackupEntry]) -> [Finding] {
        guard let last = entries.first else {
            let hasData = !(history?.applied.isEmpty ?? true)
            return [
                Finding(
                    .backups, hasData ? .warning : .good, "there is no backup yet",
                    help: hasData ? ["apus backup"] : [])
            ]
        }
        if let problem = last.problem {
            return [
                Finding(
                    .backups, .error, "the last backup, \(last.name), is damaged: \(problem)",
                    help: ["take another: apus backup", "see which are good: apus backup list"],
                    code: .backupDamaged)
            ]
        }
        let age = age(of: last)
        let facts =
            "\(last.name), \(last.bytes.readableBytes), \(proof(of: last))"
            + (age.map { ", \($0.inWholeUnits) old" } ?? "")
        guard last.isVerified else {
            return [
                Finding(
                    .backups, .warning, "the last one is \(facts); nothing ever proved it readable",
                    help: [
                        "set backup_verify_command in apus.yaml, and take another: apus backup"
                    ])
            ]
        }
        guard let age, age >= limits.backup else {
            return [Finding(.backups, .good, "the last one is \(facts)")]
        }
        return [
            Finding(
                .backups, .notice, "the last one is \(facts)",
                help: [
                    "take another: apus backup",
                    "read it back: apus backup verify \(last.name.shellWord)",
                ])
        ]
    }

    /// What was looked at of it.
    private func proof(of backup: BackupEntry) -> String {
        guard backup.isHere else { return "kept elsewhere, and not read" }
        return seen.isBackupRead ? "read, and as in its manifest" : "as large as its manifest says"
    }

    private func age(of backup: BackupEntry) -> Duration? {
        guard let taken = try? Date(backup.takenAt, strategy: .iso8601) else { return nil }
        let seconds = Double(seen.now.microseconds) / 1_000_000 - taken.timeIntervalSince1970
        return .seconds(max(0, seconds.rounded()))
    }

    var disk: [Finding] {
        guard let free = seen.freeBytes, seen.policy != .never else { return [] }
        let room = "\(free.readableBytes) free where backups go"
        guard let space = seen.space, free < space.needed + BackupSpace.floor else {
            return [Finding(.disk, .good, room)]
        }
        let hasNone = ((try? seen.backups?.get()) ?? []).isEmpty
        let folder =
            "name a folder on another disk: backups: FOLDER in apus.yaml; then: apus doctor"
        return [
            Finding(
                .disk, .error,
                "\(room), and the next backup needs about \(space.needed.readableBytes)",
                details: ["\(BackupSpace.floor.readableBytes) have to stay free"],
                help: hasNone
                    ? [folder] : ["remove old backups: \(BackupSpace.pruning)", "or \(folder)"],
                code: .backupSpace)
        ]
    }
}
