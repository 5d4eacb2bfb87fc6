import ApusCore
import ApusEngine
import Testing

/// What the behaviours work with: a driver to an empty database, and ways to use it.
struct ConformanceBench<D: Driver>: Sendable {
    let driver: D
    let makeDriver: @Sendable () async throws -> D
    let query: (@Sendable (D, String) async throws -> String?)?

    var scripts: ConformanceScripts { ConformanceScripts(engine: driver.engine) }

    /// Runs a statement that Apus has nothing to do with.
    @discardableResult
    func value(_ sql: String) async throws -> String? { try await query?(driver, sql) }

    /// Compares the first value of a statement; says nothing of a driver without data.
    func expect(
        _ sql: String, gives expected: String,
        sourceLocation: Testing.SourceLocation = #_sourceLocation
    ) async throws {
        guard let query else { return }
        let found = try await query(driver, sql)
        #expect(found == expected, "\(sql)", sourceLocation: sourceLocation)
    }

    func expectTable(
        _ name: String, isThere: Bool, sourceLocation: Testing.SourceLocation = #_sourceLocation
    ) async throws {
        try await expect(
            scripts.countTables(name), gives: isThere ? "1" : "0", sourceLocation: sourceLocation)
    }

    // MARK: Sessions and runs

    func withSession<Result>(_ body: (D.Session) async throws -> Result) async throws -> Result {
        let session = try await driver.openSession()
        do {
            let result = try await body(session)
            await session.close()
            return result
        } catch {
            await session.close()
            throw error
        }
    }

    func withLock<Result>(_ body: (D.Session) async throws -> Result) async throws -> Result {
        try await withSession { session in
            try await session.acquireLock(waitingAtMost: .seconds(600)) { _ in }
            let result = try await body(session)
            try await session.releaseLock()
            return result
        }
    }

    /// A session under the lock, with a registry and an open run.
    @discardableResult
    func withRun<Result>(_ body: (D.Session, RunID) async throws -> Result) async throws -> Result {
        try await withLock { session in
            try await session.prepareRegistry()
            let run = try await session.beginRun(Self.runStart())
            let result = try await body(session, run)
            try await session.endRun(run, RunEnd(status: .succeeded))
            return result
        }
    }

    static func runStart(_ kind: RunKind = .migrate, summary: String = "Applies what is pending")
        -> RunStart
    {
        RunStart(
            kind: kind, summary: summary, planDigest: Checksum(of: summary), from: nil,
            to: SemanticVersion(1, 0, 0), steps: 1, startedBy: "ana@laptop",
            applicationVersion: SemanticVersion(1, 2, 3), toolVersion: "0.0.0-test")
    }

    func history() async throws -> History {
        try await withSession { try await $0.history() }
    }

    // MARK: Migrations

    /// A parsed migration of version `version`.
    func migration(
        _ version: String, up: String, down: String = "DROP TABLE things;",
        directive: String? = nil,
        lineEnding: String = "\n", bom: Bool = false
    ) throws -> Migration {
        let id = try #require(MigrationID("20250115_103000_\(version)_change"))
        var text = bom ? "\u{FEFF}" : ""
        text += "-- Migration: \(version) - change\n-- Up Migration\n"
        if let directive { text += "-- apus: \(directive)\n" }
        text += "\(up)\n\n-- Down Migration (Rollback)\n"
        if let directive, directive == "no-transaction" { text += "-- apus: \(directive)\n" }
        text += "\(down)\n"
        if lineEnding != "\n" { text = text.replacing("\n", with: lineEnding) }
        return try MigrationParser(dialect: driver.engine).parse(
            source: MigrationSource(path: id.fileName, bytes: Array(text.utf8)),
            fileName: id.fileName)
    }

    /// The usual migration: a table with two rows.
    func things(_ version: String = "1.0.0") throws -> Migration {
        try migration(
            version,
            up: "CREATE TABLE things (id integer PRIMARY KEY);\nINSERT INTO things VALUES (1), (2);"
        )
    }

    @discardableResult
    func perform(
        _ step: Step, _ session: D.Session, _ run: RunID, options: StepOptions = StepOptions()
    ) async throws -> StepOutcome {
        try await session.perform(step, in: run, options: options) { _ in }
    }

    /// Performs a step that has to succeed.
    func succeed(_ step: Step, _ session: D.Session, _ run: RunID) async throws {
        let outcome = try await perform(step, session, run)
        if let failure = outcome.failure {
            Issue.record("\(step.id) \(step.direction.rawValue): \(failure.error)")
        }
    }
}

extension Migration {
    /// The step that applies it.
    func upStep(firstStatement: Int = 0, action: Step.Action = .run) -> Step {
        var declared: [MigrationID]?
        if case .declared(let references) = dependencies {
            declared = references.compactMap { MigrationID($0.text) }
        }
        return Step(
            id: id, direction: .up, action: action, origin: .file, script: up, source: source,
            record: Step.Record(
                checksum: checksum, upMeaning: up.meaning, downMeaning: down?.meaning,
                text: .whole(source.bytes(0..<source.count)), dependencies: declared,
                minimumApplication: minimumApplication, irreversibleReason: irreversibleReason),
            firstStatement: firstStatement)
    }

    /// The step that records it as not applied.
    func revertedStep() -> Step {
        Step(
            id: id, direction: .down, action: .record, origin: .stored, script: up, source: source)
    }

    /// The step that undoes it.
    func downStep() throws -> Step {
        Step(
            id: id, direction: .down, origin: .file, script: try #require(down), source: source)
    }
}
