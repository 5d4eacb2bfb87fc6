/// How a person names one migration: by its whole id, by `VERSION/NAME`, or by its version where
/// only one migration has it.
public enum MigrationName {
    /// The migration that is meant. Throws `migration-unknown` for none and for several, with what was
    /// probably meant.
    public static func resolve(
        _ text: String, among ids: some Sequence<MigrationID>
    ) throws(Diagnostic) -> MigrationID {
        let known = Set(ids).sorted()
        let wanted = text.hasSuffix(".sql") ? String(text.dropLast(4)) : text
        let matches = known.filter { id in
            Migration.Reference.names(of: id).contains(wanted)
                || id.version.description == wanted
        }
        if matches.count == 1 { return matches[0] }
        guard matches.isEmpty else {
            throw Diagnostic(
                .migrationUnknown, "\(matches.count) migrations are called \"\(text)\"",
                details: matches.map(\.description),
                help: ["give the whole id of one of them"])
        }
        let names = known.flatMap { Migration.Reference.names(of: $0) + [$0.version.description] }
        throw Diagnostic(
            .migrationUnknown, "there is no migration \"\(text)\"",
            hint: Suggestion.nearest(to: wanted, in: names).map { "did you mean \($0)?" },
            help: ["see which there are: apus status"])
    }
}
