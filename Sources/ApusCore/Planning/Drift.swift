/// Where files and history disagree about what has been applied.
public enum Drift {
    /// Errors for edited statements and vanished files, notices for edited comments; in the order
    /// of application.
    public static func findings(migrations: [Migration], history: History) -> [Diagnostic] {
        let files = Dictionary(uniqueKeysWithValues: migrations.map { ($0.id, $0) })
        return history.applied.compactMap { applied in
            guard let migration = files[applied.id] else {
                // A baseline of a version whose files were never there has nothing to miss.
                return applied.text == nil && applied.isBaseline ? nil : missing(applied)
            }
            return changed(migration, applied)
        }
    }

    private static func missing(_ applied: AppliedMigration) -> Diagnostic {
        Diagnostic(
            .appliedMissing, "\(applied.id.title) is applied, and its file is gone",
            details: ["file: \(applied.id.fileName)"],
            help: ["apus create-initial writes missing files back from the history"])
    }

    private static func changed(
        _ migration: Migration, _ applied: AppliedMigration
    ) -> Diagnostic? {
        guard migration.checksum != applied.checksum else { return nil }
        var sections: [String] = []
        if migration.up.meaning != applied.upMeaning { sections.append("up") }
        if migration.down?.meaning != applied.downMeaning { sections.append("down") }
        let location = SourceLocation(file: migration.source.path, line: 1)
        guard !sections.isEmpty else {
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
                "put the file back as it was, and write the change as a new migration: apus create-migration VERSION NAME"
            ])
        if let place = firstDifference(migration, applied) {
            diagnostic.location = place.location
            diagnostic.excerpt = place.excerpt
            diagnostic.details.insert("was: \(place.was)", at: 0)
        }
        return diagnostic
    }

    /// The first line of the file that differs from the stored text.
    private static func firstDifference(
        _ migration: Migration, _ applied: AppliedMigration
    ) -> (location: SourceLocation, excerpt: SourceExcerpt, was: String)? {
        guard case .whole(let bytes)? = applied.text else { return nil }
        let now = lines(migration.source.text)
        let then = lines(String(decoding: bytes, as: UTF8.self))
        let index =
            zip(now, then).enumerated().first { $1.0 != $1.1 }?.offset ?? min(now.count, then.count)
        let text = index < now.count ? String(now[index]) : ""
        let was = index < then.count ? String(then[index]) : "(end of the file)"
        return (
            SourceLocation(file: migration.source.path, line: index + 1),
            SourceExcerpt(text: text, caret: 1, length: max(1, text.unicodeScalars.count)), was
        )
    }

    private static func lines(_ text: String) -> [Substring] {
        text.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }
    }
}
