import ApusCore
import ApusEngine
import ApusSQLite
import SystemPackage
import Testing

@Suite struct GateTests {
    private let work: Workplace

    init() throws { work = try Workplace() }

    private func gate(
        _ application: String, needs minimum: String, expects database: String? = nil
    ) -> Gate {
        Gate(
            driver: work.driver, application: version(application),
            minimumDatabase: version(minimum), database: database.map(version))
    }

    private func verdict(_ gate: Gate) async throws -> String {
        switch try await gate.decide() {
        case .goOn(let compatibility): "go on: \(compatibility.verdict.rawValue)"
        case .wait(let reason): "wait: \(reason)"
        case .refuse(let compatibility): "refuse: \(compatibility.verdict.rawValue)"
        }
    }

    @Test func `a database that is too old is waited for`() async throws {
        #expect(
            try await verdict(gate("1.0.0", needs: "1.1.0"))
                == "wait: Application 1.0.0 needs database 1.1.0 or later (minimum_database in the catalogue); the database is empty."
        )
        try work.migration("1.0.0 users")
        try await work.migrator().migrate()
        #expect(
            try await verdict(gate("1.0.0", needs: "1.1.0"))
                == "wait: Application 1.0.0 needs database 1.1.0 or later (minimum_database in the catalogue); the database is 1.0.0."
        )
    }

    @Test func `a database that fits, or is ahead, lets the application go on`() async throws {
        try work.migration("1.0.0 users")
        try work.migration("1.2.0 more")
        try await work.migrator().migrate()
        #expect(try await verdict(gate("1.0.0", needs: "1.0.0")) == "go on: compatible")
        #expect(
            try await verdict(gate("1.0.0", needs: "1.0.0", expects: "1.1.0"))
                == "go on: database-ahead")
    }

    @Test func `an application that is too old is refused`() async throws {
        try work.migration("1.0.0 users", "minimum-application 2.0.0")
        try await work.migrator().migrate()
        let gate = gate("1.0.0", needs: "1.0.0")
        #expect(try await verdict(gate) == "refuse: application-too-old")
        let text = await report { () throws(Diagnostics) in
            _ = try await gate.pass(waitingAtMost: .seconds(600))
        }
        #expect(
            text.hasPrefix(
                "error[application-incompatible]: application 1.0.0 is too old for this database\n")
        )
    }

    @Test func `a version that is half applied does not count`() async throws {
        try work.migration("1.0.0 users")
        try work.migration(
            "1.1.0 half", "no-transaction", up: "CREATE TABLE half (a); SELECT * FROM missing;")
        try await work.migrator().migrate()
        #expect(try await verdict(gate("1.0.0", needs: "1.1.0")).hasPrefix("wait: "))
        #expect(try await verdict(gate("1.0.0", needs: "1.0.0")) == "go on: compatible")
    }

    @Test func `a database that cannot be reached is waited for, and not longer than asked`()
        async throws
    {
        let driver = SQLiteDriver(path: work.path.appending("nowhere/guests.sqlite").string)
        let gate = Gate(
            driver: driver, application: version("1.0.0"), minimumDatabase: version("1.0.0"))
        #expect(try await verdict(gate).hasPrefix("wait: the folder of the database"))
        let text = await report { () throws(Diagnostics) in
            _ = try await gate.pass(waitingAtMost: .milliseconds(50))
        }
        #expect(
            text.hasPrefix(
                "error[application-incompatible]: the database is not ready for application 1.0.0\nthe folder of"
            ))
        #expect(text.hasSuffix("\nnext:  apus migrate"))
    }

    @Test func `the gate opens when the database has been migrated`() async throws {
        try work.migration("1.0.0 users")
        let gate = gate("1.0.0", needs: "1.0.0")
        async let passed = gate.pass(waitingAtMost: .seconds(600))
        try await work.migrator().migrate()
        #expect(try await passed.verdict == .compatible)
    }

    @Test func `a wait that is cancelled says so`() async {
        let gate = gate("1.0.0", needs: "1.0.0")
        let waiting = Task {
            await report { () throws(Diagnostics) in
                _ = try await gate.pass(waitingAtMost: .seconds(600))
            }
        }
        waiting.cancel()
        #expect(
            await waiting.value.hasPrefix("error[interrupted]: stopped waiting for the database\n"))
    }

    @Test func `a catalogue without both versions makes no gate`() {
        #expect(Gate(driver: work.driver, catalogue: .empty) == nil)
        let catalogue = Catalogue(
            applicationVersion: version("1.0.0"), minimumDatabase: version("1.0.0"))
        #expect(Gate(driver: work.driver, catalogue: catalogue) != nil)
    }
}
