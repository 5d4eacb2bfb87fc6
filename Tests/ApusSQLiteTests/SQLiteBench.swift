import ApusCore
import ApusEngine
import ApusSQLite
import Testing

/// What happened to a migration.
struct Tried: Sendable {
    var outcome: StepOutcome
    var notices: [String]

    var failure: StepFailure? { outcome.failure }
}

extension TemporaryDatabase {
    func migration(
        _ version: String = "1.0.0", _ up: String, down: String = "SELECT 1;",
        directive: String? = nil
    ) throws -> Migration {
        let id = try #require(MigrationID("20250115_103000_\(version)_change"))
        let directive = directive.map { "-- apus: \($0)\n" } ?? ""
        let text = """
            -- Migration: \(version) - change
            -- Up Migration
            \(directive)\(up)
            -- Down Migration (Rollback)
            \(down)
            """
        return try MigrationParser(dialect: .sqlite).parse(
            source: MigrationSource(path: id.fileName, bytes: Array(text.utf8)),
            fileName: id.fileName)
    }

    /// Applies migrations, or undoes them, in one session.
    func apply(
        _ migrations: [Migration], _ direction: Direction = .up,
        options: StepOptions = StepOptions()
    ) async throws -> [Tried] {
        let session = try await driver.openSession()
        try await session.acquireLock(waitingAtMost: .seconds(600)) { _ in }
        try await session.prepareRegistry()
        let run = try await session.beginRun(.forTests)
        var tried: [Tried] = []
        for migration in migrations {
            let events = Events()
            let outcome = try await session.perform(
                direction == .up ? migration.upStep : migration.downStep, in: run,
                options: options, report: events.record)
            tried.append(Tried(outcome: outcome, notices: events.notices))
        }
        try await session.endRun(run, RunEnd(status: .succeeded))
        await session.close()
        return tried
    }

    func apply(
        _ up: String, version: String = "1.0.0", directive: String? = nil,
        options: StepOptions = StepOptions()
    ) async throws -> Tried {
        try await apply([migration(version, up, directive: directive)], options: options)[0]
    }
}

extension RunStart {
    static let forTests = RunStart(
        kind: .migrate, summary: "Applies what is pending", planDigest: Checksum(of: "plan"),
        from: nil, to: nil, steps: 1, startedBy: "ana@laptop", applicationVersion: nil,
        toolVersion: "0.0.0-test")
}

extension Migration {
    var upStep: Step {
        Step(
            id: id, direction: .up, origin: .file, script: up, source: source,
            record: Step.Record(
                checksum: checksum, upMeaning: up.meaning, downMeaning: down?.meaning,
                text: .whole(source.bytes(0..<source.count)), dependencies: nil,
                minimumApplication: nil, irreversibleReason: nil))
    }

    var downStep: Step {
        Step(
            id: id, direction: .down, origin: .file, script: down ?? up, source: source,
            record: nil)
    }
}
