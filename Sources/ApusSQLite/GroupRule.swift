import ApusCore

/// Which steps share a transaction: those whose scripts mean the same in it as in one of their own.
enum GroupRule {
    /// A kill, or a full disk, takes back all of a group.
    private static let most = (steps: 256, bytes: 1 << 20)
    /// What belongs to the connection, begins or ends savepoints of its own, or is refused in a transaction.
    private static let words: Set = [
        "PRAGMA", "ATTACH", "DETACH", "VACUUM", "SAVEPOINT", "RELEASE", "ROLLBACK",
    ]

    /// The first steps, as many as share one.
    static func members(of steps: [Step]) -> [Step] {
        var bytes = 0
        return Array(
            steps.prefix(most.steps).prefix { step in
                bytes += step.script.section.count
                return bytes <= most.bytes && admits(step)
            })
    }

    /// A script with its own patience for locks takes the write lock with it.
    static func admits(_ step: Step) -> Bool {
        guard step.solitude == nil, step.script.lockTimeout == nil else { return false }
        var statements = StatementCursor(step.script)
        while let statement = statements.next(in: step.source) {
            let first = step.source.firstWord(of: statement, .sqlite)
            if first.map(words.contains) ?? true { return false }
        }
        return true
    }
}
