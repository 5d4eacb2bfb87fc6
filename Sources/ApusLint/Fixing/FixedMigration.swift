import ApusCore

/// A migration with its fixes written into it.
struct FixedMigration: Sendable {
    /// The file's new bytes.
    var bytes: [UInt8]
    /// What follows it.
    var added: [AddedMigration]
}

/// A migration that takes over what had to leave another one.
struct AddedMigration: Sendable {
    /// What its name has behind that of the other one.
    var suffix: String
    var isOutside: Bool
    /// Whole statements, some with comments above them, without their semicolons.
    var up: [String]
    var down: [String]
    /// Where it cannot be undone.
    var irreversibleReason: String?

    /// Its file.
    ///
    /// - Parameter previous: The migration directly before it, of the same origin.
    func text(of id: MigrationID, behind previous: MigrationID, from origin: Migration) -> String {
        var directives = isOutside ? ["-- apus: no-transaction"] : []
        let own = directives
        if let limit = origin.up.lockTimeout {
            directives.append("-- apus: lock-timeout \(limit.inMilliseconds)")
        }
        if let limit = origin.up.statementTimeout {
            directives.append("-- apus: statement-timeout \(limit.inMilliseconds)")
        }
        if case .declared = origin.dependencies {
            directives.append("-- apus: depends-on \(previous.reference)")
        }
        var lines = ["-- Up Migration"] + directives
        // Directly below them an allowance would cover the section.
        if up.first?.hasPrefix("-- apus:") == true { lines.append("") }
        lines += up.map { "\($0);" }
        lines += ["", "-- Down Migration (Rollback)"]
        lines +=
            irreversibleReason.map { ["-- apus: irreversible \($0)"] }
            ?? own + down.map { "\($0);" }
        return MigrationTemplate.header(of: id)
            + "-- Split from \(origin.id.reference) by apus lint --fix.\n"
            + lines.map { "\($0)\n" }.joined()
    }
}

extension Duration {
    fileprivate var inMilliseconds: String {
        "\(components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000)ms"
    }
}
