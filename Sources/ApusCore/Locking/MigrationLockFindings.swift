extension MigrationLock {
    /// Where the folder is not what was locked: files that were changed, are missing, are not locked,
    /// or are listed in another order. Errors, in the order of the lock, then of the files.
    ///
    /// - Parameters:
    ///   - migrations: The folder's valid migrations.
    ///   - invalid: The ids of files that are there and are no valid migrations: their own problems
    ///     are told elsewhere.
    ///   - path: How messages call the lock file.
    public func findings(
        _ migrations: [Migration], invalid: Set<MigrationID> = [], path: String
    ) -> [Diagnostic] {
        let files = Dictionary(uniqueKeysWithValues: migrations.map { ($0.id, $0) })
        let misplaced = self.misplaced
        let changed = Set(self.changed(among: migrations).map(\.id))
        var findings: [Diagnostic] = []
        for entry in entries {
            if let before = misplaced[entry.id] {
                findings.append(Self.reordered(entry, before, path))
            }
            if let file = files[entry.id] {
                if changed.contains(entry.id) { findings.append(Self.changed(file, entry, path)) }
            } else if !invalid.contains(entry.id) {
                findings.append(Self.missing(entry, path))
            }
        }
        let locked = Set(entries.map(\.id))
        return findings
            + migrations.filter { !locked.contains($0.id) }.sorted { $0.id < $1.id }
            .map { Self.unlocked($0, path) }
    }

    /// The entries that stand behind one that sorts after them, with that one.
    var misplaced: [MigrationID: MigrationID] {
        var misplaced: [MigrationID: MigrationID] = [:]
        var highest: MigrationID?
        for entry in entries {
            if let highest, entry.id < highest {
                misplaced[entry.id] = highest
            } else {
                highest = entry.id
            }
        }
        return misplaced
    }

    private static func changed(
        _ file: Migration, _ entry: Entry, _ path: String
    ) -> Diagnostic {
        Diagnostic(
            .lockedFileChanged, "\(file.id.title) is not the file that was locked",
            at: SourceLocation(file: file.source.path, line: 1),
            details: ["locked: \(path), line \(entry.line)"],
            help: ["put the file back as it was, or look at the change and accept it: apus lock"])
    }

    private static func missing(_ entry: Entry, _ path: String) -> Diagnostic {
        Diagnostic(
            .lockedFileMissing, "\(entry.id.title) is locked, and its file is gone",
            at: SourceLocation(file: path, line: entry.line),
            details: ["file: \(entry.name)"],
            help: ["put the file back, or accept that it is gone: apus lock"])
    }

    private static func unlocked(_ file: Migration, _ path: String) -> Diagnostic {
        Diagnostic(
            .fileNotLocked, "\(file.id.title) is not in \(path)",
            at: SourceLocation(file: file.source.path, line: 1),
            help: ["look at the file, then: apus lock"])
    }

    private static func reordered(
        _ entry: Entry, _ before: MigrationID, _ path: String
    ) -> Diagnostic {
        Diagnostic(
            .lockedOrderChanged, "\(path) lists \(entry.id.title) behind \(before.title)",
            at: SourceLocation(file: path, line: entry.line),
            details: ["file: \(entry.name)"],
            help: ["look at both files, then write the lock in their order: apus lock"])
    }
}
