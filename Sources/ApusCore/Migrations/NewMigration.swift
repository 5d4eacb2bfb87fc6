/// Decides what a new migration is called, and whether it may be created at all.
public struct NewMigration: Hashable, Sendable {
    public var id: MigrationID
    /// Said beside the success, where the new migration is a late one.
    public var warning: Diagnostic?

    /// A migration's name from what somebody typed: lower case, blanks and hyphens as underscores.
    ///
    /// `nil` where other characters than letters, digits, `_` and `.` are left.
    public static func name(from text: String) -> String? {
        let words = text.lowercased().split { $0.isWhitespace || $0 == "-" || $0 == "_" }
        let name = words.joined(separator: "_")
        return MigrationID.isName(name) ? name : nil
    }

    /// Checks a new migration against those that are there.
    ///
    /// - Parameters:
    ///   - name: As somebody typed it.
    ///   - timestamp: Now in UTC, `YYYYMMDD_HHMMSS`.
    ///   - existing: The ids of the project's files, in any order.
    ///   - command: What somebody typed, to be repeated where it is refused; `nil`: `apus create-migration`.
    /// - Throws: `file-name-invalid` for the name, `duplicate-id` for version and name that are there
    ///   already, `late-migration` for one that would sort before the last existing one.
    public static func decide(
        _ version: SemanticVersion, name: String, timestamp: String,
        existing: some Sequence<MigrationID>, allowsOutOfOrder: Bool, command: String? = nil
    ) throws(Diagnostic) -> NewMigration {
        guard let normalised = Self.name(from: name),
            let id = MigrationID(timestamp: timestamp, version: version, name: normalised)
        else {
            throw Diagnostic(
                .fileNameInvalid, "\"\(name)\" cannot be a migration's name",
                help: [
                    "use letters, digits, _ and .: apus create-migration \(version) add_new_table"
                ])
        }
        if let same = existing.first(where: { $0.version == version && $0.name == normalised }) {
            throw Diagnostic(
                .duplicateID, "there is a migration \(same.title) already",
                details: ["file: \(same.fileName)"],
                help: ["give the new one another name or version"])
        }
        guard let last = existing.max(), id < last else { return NewMigration(id: id) }
        if allowsOutOfOrder {
            return NewMigration(
                id: id,
                warning: late(
                    id, behind: last, severity: .warning,
                    "databases that are ahead need: apus migrate --allow-out-of-order"))
        }
        let command = command ?? "apus create-migration \(id.version) \(id.name)"
        throw late(
            id, behind: last, severity: .error,
            "take a version that is not below \(last.version), or insist: \(command) --allow-out-of-order"
        )
    }

    private static func late(
        _ id: MigrationID, behind last: MigrationID, severity: Diagnostic.Severity, _ help: String
    ) -> Diagnostic {
        Diagnostic(
            .lateMigration, "\(id.title) sorts before \(last.title), which is there already",
            severity: severity,
            details: [
                "a database that has \(last.title) will find this one late and refuse it, while a new database applies it first"
            ],
            help: [help])
    }
}
