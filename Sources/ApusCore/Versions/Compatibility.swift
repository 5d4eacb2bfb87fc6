/// Whether an application may run against a database, and why.
///
/// Both sides have a say: the application declares the lowest database version that it needs, and
/// the database records the lowest application version that it still serves.
public struct Compatibility: Hashable, Sendable {
    /// The raw values are an interface: JSON documents carry them.
    public enum Verdict: String, Hashable, Sendable, CaseIterable {
        case compatible
        /// The database lacks something that the application needs: migrate it.
        case databaseTooOld = "database-too-old"
        /// The database is newer than the application expects, and still serves it.
        case databaseAhead = "database-ahead"
        /// The database no longer serves the application: deploy a newer one.
        case applicationTooOld = "application-too-old"
    }

    public var verdict: Verdict
    /// Full sentences that name the versions and the declarations behind the verdict.
    public var reasons: [String]

    public init(_ verdict: Verdict, reasons: [String]) {
        self.verdict = verdict
        self.reasons = reasons
    }

    /// Whether the application may run; a database that is ahead is fine.
    public var isCompatible: Bool {
        switch verdict {
        case .compatible, .databaseAhead: true
        case .databaseTooOld, .applicationTooOld: false
        }
    }

    /// Judges an application and a database by what each declares.
    ///
    /// What is not declared asks for nothing. An application that is too old outweighs a database
    /// that is: no migration mends it.
    ///
    /// - Parameters:
    ///   - application: The application's version.
    ///   - minimumDatabase: The lowest database version that the application needs.
    ///   - database: The database's version; `nil` where nothing has been applied.
    ///   - minimumApplication: The lowest application version that the database still serves.
    ///   - current: The database version that the application is built for.
    ///   - other: The application that `minimumDatabase` and `current` are said of, where it is another
    ///     one: a newer application may need more, and be built for a later database.
    public static func judge(
        application: SemanticVersion?,
        needs minimumDatabase: SemanticVersion?,
        database: SemanticVersion?,
        serves minimumApplication: SemanticVersion?,
        expects current: SemanticVersion?,
        saidOf other: SemanticVersion? = nil
    ) -> Compatibility {
        let applicationName = application.map { "application \($0)" } ?? "the application"
        let served = verdictOfDatabase(
            on: application, named: applicationName, serves: minimumApplication)
        var needed = verdictOfApplication(
            on: database, named: other.map { "application \($0)" } ?? applicationName,
            needs: minimumDatabase, expects: current)
        if let other, let application, other != application {
            if application > other, needed.verdict == .databaseAhead {
                needed.verdict = .compatible
            }
            needed.reasons.insert(
                "The catalogue is that of application \(other): what \(applicationName) needs, it does not say.",
                at: 0)
        }
        let verdicts = [served.verdict, needed.verdict]
        let decisive = verdicts.first { $0 == .applicationTooOld } ?? needed.verdict
        return Compatibility(decisive, reasons: needed.reasons + served.reasons)
    }

    private static func verdictOfDatabase(
        on application: SemanticVersion?, named name: String, serves minimum: SemanticVersion?
    ) -> Compatibility {
        guard let minimum else { return Compatibility(.compatible, reasons: []) }
        let declaration =
            "The database serves applications from \(minimum) on"
            + " (minimum-application of what is applied)"
        guard let application else {
            return Compatibility(
                .compatible,
                reasons: ["\(declaration); the application does not say which version it is."])
        }
        return application < minimum
            ? Compatibility(.applicationTooOld, reasons: ["\(declaration); \(name) is older."])
            : Compatibility(.compatible, reasons: ["\(declaration), and so \(name)."])
    }

    private static func verdictOfApplication(
        on database: SemanticVersion?, named name: String,
        needs minimum: SemanticVersion?, expects current: SemanticVersion?
    ) -> Compatibility {
        let subject = name.prefix(1).uppercased() + name.dropFirst()
        guard let database else {
            guard let needed = minimum ?? current else {
                return Compatibility(
                    .compatible,
                    reasons: ["The database is empty, and nothing says what \(name) needs."]
                )
            }
            let source = minimum == nil ? "database" : "minimum_database"
            return Compatibility(
                .databaseTooOld,
                reasons: [
                    "\(subject) needs database \(needed) or later (\(source) in the catalogue);"
                        + " the database is empty."
                ])
        }

        var reasons: [String] = []
        if let minimum {
            let need = "\(subject) needs database \(minimum) or later"
            let fact = "(minimum_database in the catalogue); the database is \(database)."
            reasons.append("\(need) \(fact)")
            if database < minimum { return Compatibility(.databaseTooOld, reasons: reasons) }
        }
        if let current, database > current {
            reasons.append(
                "Database \(database) is ahead of \(current), which \(name) is built for"
                    + " (database in the catalogue).")
            return Compatibility(.databaseAhead, reasons: reasons)
        }
        if reasons.isEmpty {
            reasons.append("\(subject) declares no minimum_database in the catalogue.")
        }
        return Compatibility(.compatible, reasons: reasons)
    }
}
