import ApusCore
import Testing

@Suite struct CompatibilityTests {
    @Test(arguments: [
        CompatibilityCase(
            application: "1.0.0", needs: "1.0.0", database: "1.1.0", serves: "1.0.0",
            expects: "1.1.0", .compatible,
            "Application 1.0.0 needs database 1.0.0 or later (minimum_database in the catalogue);"
                + " the database is 1.1.0.",
            "The database serves applications from 1.0.0 on (minimum-application of what is"
                + " applied), and so application 1.0.0."),
        CompatibilityCase(
            application: "2.0.0", needs: "1.2.0", database: "1.1.0", serves: "1.0.0",
            expects: "1.2.0", .databaseTooOld,
            "Application 2.0.0 needs database 1.2.0 or later (minimum_database in the catalogue);"
                + " the database is 1.1.0.",
            "The database serves applications from 1.0.0 on (minimum-application of what is"
                + " applied), and so application 2.0.0."),
        CompatibilityCase(
            application: "1.0.0", needs: "1.0.0", database: "1.2.0", serves: "1.0.0",
            expects: "1.1.0", .databaseAhead,
            "Application 1.0.0 needs database 1.0.0 or later (minimum_database in the catalogue);"
                + " the database is 1.2.0.",
            "Database 1.2.0 is ahead of 1.1.0, which application 1.0.0 is built for (database in"
                + " the catalogue).",
            "The database serves applications from 1.0.0 on (minimum-application of what is"
                + " applied), and so application 1.0.0."),
        CompatibilityCase(
            application: "1.0.0", needs: "1.0.0", database: "2.0.0", serves: "2.0.0",
            expects: "1.1.0", .applicationTooOld,
            "Application 1.0.0 needs database 1.0.0 or later (minimum_database in the catalogue);"
                + " the database is 2.0.0.",
            "Database 2.0.0 is ahead of 1.1.0, which application 1.0.0 is built for (database in"
                + " the catalogue).",
            "The database serves applications from 2.0.0 on (minimum-application of what is"
                + " applied); application 1.0.0 is older."),
        // Both sides complain: the side that no migration mends decides.
        CompatibilityCase(
            application: "1.0.0", needs: "1.2.0", database: "1.1.0", serves: "1.1.0",
            expects: nil, .applicationTooOld,
            "Application 1.0.0 needs database 1.2.0 or later (minimum_database in the catalogue);"
                + " the database is 1.1.0.",
            "The database serves applications from 1.1.0 on (minimum-application of what is"
                + " applied); application 1.0.0 is older."),
        // An empty database.
        CompatibilityCase(
            application: "1.0.0", needs: "1.0.0", database: nil, serves: nil, expects: "1.1.0",
            .databaseTooOld,
            "Application 1.0.0 needs database 1.0.0 or later (minimum_database in the catalogue);"
                + " the database is empty."),
        CompatibilityCase(
            application: nil, needs: nil, database: nil, serves: nil, expects: "1.1.0",
            .databaseTooOld,
            "The application needs database 1.1.0 or later (database in the catalogue);"
                + " the database is empty."),
        CompatibilityCase(
            application: nil, needs: nil, database: nil, serves: nil, expects: nil, .compatible,
            "The database is empty, and nothing says what the application needs."),
        // Little is declared.
        CompatibilityCase(
            application: nil, needs: nil, database: "1.1.0", serves: nil, expects: nil,
            .compatible, "The application declares no minimum_database in the catalogue."),
        CompatibilityCase(
            application: nil, needs: nil, database: "1.1.0", serves: "1.0.0", expects: "1.1.0",
            .compatible, "The application declares no minimum_database in the catalogue.",
            "The database serves applications from 1.0.0 on (minimum-application of what is"
                + " applied); the application does not say which version it is."),
        // A pre-release is below its release, on either side.
        CompatibilityCase(
            application: "2.0.0-rc.1", needs: nil, database: "1.1.0", serves: "2.0.0",
            expects: "1.1.0", .applicationTooOld,
            "Application 2.0.0-rc.1 declares no minimum_database in the catalogue.",
            "The database serves applications from 2.0.0 on (minimum-application of what is"
                + " applied); application 2.0.0-rc.1 is older."),
    ])
    func `the verdict follows from what both sides declare`(row: CompatibilityCase) {
        let compatibility = Compatibility.judge(
            application: row.application, needs: row.needs, database: row.database,
            serves: row.serves, expects: row.expects)
        #expect(compatibility.verdict == row.verdict)
        #expect(compatibility.reasons == row.reasons)
    }

    @Test func `a catalogue of another application does not say what this one needs`() {
        func judge(_ application: String, on database: String) -> Compatibility {
            Catalogue(
                applicationVersion: SemanticVersion(1, 0, 0),
                minimumDatabase: SemanticVersion(1, 0, 0), database: SemanticVersion(1, 1, 0)
            ).overridingApplicationVersion(SemanticVersion(application)!)
                .compatibility(ofDatabase: SemanticVersion(database)!)
        }
        let unsaid =
            "The catalogue is that of application 1.0.0: what application 2.0.0 needs, it does not say."
        let here = judge("2.0.0", on: "1.1.0")
        #expect(here.verdict == .compatible)
        #expect(
            here.reasons == [
                unsaid,
                "Application 1.0.0 needs database 1.0.0 or later (minimum_database in the catalogue); the database is 1.1.0.",
            ])
        // It may well be built for what is ahead of the older one.
        let ahead = judge("2.0.0", on: "1.2.0")
        #expect(ahead.verdict == .compatible)
        #expect(ahead.reasons.first == unsaid)
        #expect(
            ahead.reasons.contains(
                "Database 1.2.0 is ahead of 1.1.0, which application 1.0.0 is built for (database in the catalogue)."
            ))
        // What an older one needs is not less than nothing, and it is built for nothing later.
        #expect(judge("0.9.0", on: "1.2.0").verdict == .databaseAhead)
        #expect(judge("2.0.0", on: "0.9.0").verdict == .databaseTooOld)
        #expect(judge("1.0.0", on: "1.2.0").verdict == .databaseAhead)
        #expect(judge("1.0.0", on: "1.2.0").reasons.count == 2)
    }

    @Test func `only what is too old is incompatible`() {
        let fine = Compatibility.Verdict.allCases.filter {
            Compatibility($0, reasons: []).isCompatible
        }
        #expect(fine == [.compatible, .databaseAhead])
    }

    @Test func `the verdicts' names are those of the JSON documents`() {
        #expect(
            Compatibility.Verdict.allCases.map(\.rawValue) == [
                "compatible", "database-too-old", "database-ahead", "application-too-old",
            ])
    }
}

/// One row of the table; versions are written as text.
struct CompatibilityCase: CustomTestStringConvertible {
    let application: SemanticVersion?
    let needs: SemanticVersion?
    let database: SemanticVersion?
    let serves: SemanticVersion?
    let expects: SemanticVersion?
    let verdict: Compatibility.Verdict
    let reasons: [String]

    init(
        application: String?, needs: String?, database: String?, serves: String?,
        expects: String?, _ verdict: Compatibility.Verdict, _ reasons: String...
    ) {
        self.application = application.map { SemanticVersion($0)! }
        self.needs = needs.map { SemanticVersion($0)! }
        self.database = database.map { SemanticVersion($0)! }
        self.serves = serves.map { SemanticVersion($0)! }
        self.expects = expects.map { SemanticVersion($0)! }
        self.verdict = verdict
        self.reasons = reasons
    }

    var testDescription: String { "\(verdict.rawValue): \(reasons.last ?? "")" }
}
