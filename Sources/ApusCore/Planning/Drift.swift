/// Where files and history disagree about what has been applied.
public enum Drift {
    /// Errors for edited statements and vanished files, notices for edited comments; in the order
    /// of application.
    ///
    /// Files that are there and cannot be read as migrations are neither gone nor edited: their own
    /// problems are told elsewhere.
    public static func findings(
        migrations: [Migration], history: History, unreadable: Set<MigrationID> = []
    ) -> [Diagnostic] {
        guard !history.applied.isEmpty else { return [] }
        let files = migrations.indices(by: \.id)
        return history.applied.compactMap { applied in
            if unreadable.contains(applied.id) { return nil }
            guard let file = files[applied.id] else {
                // A baseline of a version whose files were never there has nothing to miss.
                return applied.text == nil && applied.isBaseline ? nil : missing(applied)
            }
            return changed(migrations[file], applied)
        }
    }

    private static func missing(_ applied: AppliedMigration) -> Diagnostic {
        Diagnostic(
            .appliedMissing, "\(applied.id.title) is applied, and its file is gone",
            details: ["file: \(applied.id.fileName)"],
            help: [
                "apus create-initial writes missing files back from the history",
                "if the database has it no more: apus repair mark-reverted \(applied.id.reference)",
            ])
    }

    private static func changed(
        _ migration: Migration, _ applied: AppliedMigration
    ) -> Diagnostic? {
        guard migration.checksum != applied.checksum else { return nil }
        var sections: [String] = []
        if migration.up.meaning != applied.upMeaning { sections.append("up") }
        if migration.down?.meaning != applied.downMeaning { sections.append("down") }
        let location = SourceLocation(file: migration.source.path, line: 1)
        let dependencies = dependencies(of: migration, against: applied)
        guard !sections.isEmpty else {
            if let dependencies { return dependencies }
            return Diagnostic(
                .commentsChanged,
                "\(migration.id.title) was edited after it was applied: comments or white space only",
                severity: .notice, at: location)
        }
        var diagnostic = Diagnostic(
            .appliedChanged,
            "\(migration.id.title) was edited after it was applied: statements of its \(sections.joined(separator: " and ")) section differ",
            at: location,
            details: [
                "applied: sha256 \(applied.checksum.short)…",
                "file:    sha256 \(migration.checksum.short)…",
            ],
            help: [
                "put the file back as it was, and write the change as a new migration: apus create-migration VERSION NAME",
                "or, where the database is what the file says now: apus repair accept \(migration.id.reference)",
            ])
        if case .whole(let bytes)? = applied.text {
            let then = MigrationSource(path: applied.id.fileName, bytes: bytes)
            let difference = firstDifference(migration.source, then)
            (diagnostic.location, diagnostic.excerpt) = difference.now
            diagnostic.details.insert("was: \(difference.was)", at: 0)
        }
        diagnostic.details += dependencies?.details ?? []
        return diagnostic
    }

    /// Whether the file declares other dependencies than those that were recorded when it was
    /// applied.
    package static func hasOtherDependencies(
        _ migration: Migration, than applied: AppliedMigration
    ) -> Bool {
        // A baseline without a file recorded no dependencies, which is no statement about them.
        guard applied.text != nil || !applied.isBaseline, migration.checksum != applied.checksum
        else { return false }
        return switch (migration.dependencies, applied.dependencies) {
        case (.allBefore, nil): false
        case (.allBefore, _?), (.declared, nil): true
        case (.declared(let references), let recorded?):
            !references.allSatisfy { recorded.contains(where: $0.matches) }
                || !recorded.allSatisfy { id in references.contains { $0.matches(id) } }
        }
    }

    private static func dependencies(
        of migration: Migration, against applied: AppliedMigration
    ) -> Diagnostic? {
        guard hasOtherDependencies(migration, than: applied) else { return nil }
        var location = SourceLocation(file: migration.source.path, line: 1)
        var now = "all before it"
        if case .declared(let references) = migration.dependencies {
            if let first = references.first { location = first.location }
            now = references.isEmpty ? "nothing" : references.map(\.text).joined(separator: ", ")
        }
        let then = applied.dependencies.map { ids in
            ids.isEmpty ? "nothing" : ids.map(\.reference).joined(separator: ", ")
        }
        return Diagnostic(
            .dependencyChanged,
            "\(migration.id.title) was edited after it was applied: what it depends on differs",
            at: location,
            details: [
                "when it was applied it depended on \(then ?? "all before it")",
                "the file says that it depends on \(now)",
            ],
            help: [
                "put the directive back as it was in \(migration.id.fileName)",
                "or let the history take what the file says: apus repair accept \(migration.id.reference)",
            ])
    }

    /// The first line that differs from the stored text, apart from line endings and a byte order
    /// mark.
    private static func firstDifference(
        _ source: MigrationSource, _ stored: MigrationSource
    ) -> (now: (SourceLocation, SourceExcerpt), was: String) {
        let now = lines(of: source)
        let then = lines(of: stored)
        let index = zip(now, then).enumerated().first { _, pair in
            source.bytes(pair.0) != stored.bytes(pair.1)
        }
        let line = index?.offset ?? min(now.count, then.count)
        let place = line < now.count ? now[line] : source.count..<source.count
        return (
            source.place(at: place.lowerBound, length: max(1, place.count)),
            line < then.count
                ? stored.place(at: then[line].lowerBound).1.text : "(nothing: the file ended here)"
        )
    }

    /// The lines' bytes without their endings; what follows the last line ending is a line only if
    /// there is something.
    private static func lines(of source: MigrationSource) -> [Range<Int>] {
        source.withBytes { bytes in
            var lines: [Range<Int>] = []
            var start = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
            for index in start..<bytes.count where bytes[index] == 0x0A {
                let end = index > start && bytes[index - 1] == 0x0D ? index - 1 : index
                lines.append(start..<end)
                start = index + 1
            }
            if start < bytes.count { lines.append(start..<bytes.count) }
            return lines
        }
    }
}
