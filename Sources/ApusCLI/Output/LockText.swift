import ApusCore
import ApusEngine
import SystemPackage

/// What `lock` wrote in one folder, for people.
struct LockText {
    let lock: FolderLock
    let console: Console

    func print() {
        let counted = Wording.count(lock.lock.entries.count, "migration")
        switch lock.occasion {
        case .new: headline("✓", .good, "written: \(counted)")
        case .unchanged: headline("·", .faint, "unchanged: \(counted)")
        case .unreadable(let problem):
            headline("✓", .good, "written anew: \(counted)")
            console.print("    the old one could not be read, so look at every file")
            console.report(problem.warning(path: lock.path.string))
        case .replaced(let changes):
            headline("✓", .good, "written: \(counted)")
            for id in changes.added { line("+", .good, id, "added") }
            for id in changes.changed { line("≠", .warning, id, "changed since it was locked") }
            for id in changes.removed { line("-", .warning, id, "gone") }
            for id in changes.reordered { line("~", .warning, id, "stood in another place") }
            if !changes.reordered.isEmpty {
                console.print("    what else was changed cannot be told, so look at every file")
            }
        }
    }

    private func headline(_ glyph: String, _ role: Console.Role, _ text: String) {
        console.answer("  \(console.paint(glyph, role)) \(lock.path)  \(text)")
    }

    private func line(_ glyph: String, _ role: Console.Role, _ id: MigrationID, _ word: String) {
        console.answer("    \(console.paint(glyph, role)) \(id.title)  \(word)")
    }
}

extension MigrationLock.Unreadable {
    fileprivate func warning(path: String) -> Diagnostic {
        var warning = diagnostic(path: path)
        warning.severity = .warning
        warning.help = []
        return warning
    }
}
