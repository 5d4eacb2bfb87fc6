import ApusCore

/// Which database a backup was taken of, seen from the live one.
///
/// The database's name decides. One server has many addresses (`localhost`, a pooler's port), and a
/// file many paths: where only the place differs, a person looks.
struct BackupOrigin {
    let backup: BackupEntry
    let live: DatabaseTarget

    /// A backup whose manifest does not say may be anybody's, and is refused for that elsewhere.
    var isOfAnother: Bool { !backup.database.isEmpty && backup.database != live.name }

    /// What a restore into a new database warns of.
    var warning: Diagnostic? {
        if isOfAnother {
            return Diagnostic(
                .backupOfAnother, sentence, severity: .warning,
                help: ["see which backup is whose: apus backup list"])
        }
        guard !backup.database.isEmpty, let place = backup.location, place != live.location else {
            return nil
        }
        return Diagnostic(
            .backupOfAnother,
            "\(backup.name) was taken of \(backup.database) at \(place), and the live one is at \(live.location)",
            severity: .warning, help: ["see whether both are the same database"])
    }

    /// Throws `backupOfAnother`: it would take the place of a database that it was not taken of.
    func checkExchange() throws(Diagnostics) {
        guard isOfAnother else { return }
        throw Self.refusal(
            sentence, meant: "apus restore \(backup.name.shellWord) --swap --from-another",
            beside: "apus restore \(backup.name.shellWord) --into NAME")
    }

    /// The same of one that was restored before, as `restored`.
    func checkExchange(of restored: String) throws(Diagnostics) {
        guard isOfAnother else { return }
        throw Self.refusal(
            of: restored, "\(restored) was restored from \(backup.name): \(sentence)")
    }

    /// Of a database that was restored before, or that nobody restored.
    static func refusal(of restored: String, _ message: String) -> Diagnostics {
        refusal(
            message, meant: "apus restore --swap --into \(restored.shellWord) --from-another")
    }

    private static func refusal(
        _ message: String, meant: String, beside: String? = nil
    ) -> Diagnostics {
        Diagnostics([
            Diagnostic(
                .backupOfAnother, message, state: "nothing was changed.",
                help: ["see which backup is whose: apus backup list"]
                    + (beside.map { ["restore it beside the live one: \($0)"] } ?? [])
                    + ["if it is meant to take its place: \(meant)"])
        ])
    }

    // MARK: In the history of what was restored

    /// What the run of a restore is called there.
    static func summary(ofRestoring backup: String) -> String { "\(prefix)\(backup)" }

    /// The name of the backup that a run of that summary restored.
    static func backup(ofSummary summary: String) -> String? {
        summary.hasPrefix(prefix) ? String(summary.dropFirst(prefix.count)) : nil
    }

    private static let prefix = "Restores "

    private var sentence: String {
        "\(backup.name) was taken of \(backup.database), and the live database is \(live.name)"
    }
}
