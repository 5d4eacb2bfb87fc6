import ApusCore
import ApusEngine
import Hummingbird

/// `GET /api/migrations` and one of them.
enum MigrationsAPI {
    static let routes = [
        Route(.api, .get, "/migrations", .look) { exchange in
            let state = try await exchange.site.states.current().overview.state
            return JSONAnswer.response(
                MigrationListDocument(migrations: state.migrations.map { MigrationDocument($0) }))
        },
        Route(.api, .get, "/migrations/{id}", .look) { exchange in
            let sight = try await exchange.site.states.current()
            let found = try MigrationPage.find(try exchange.parameter("id"), in: sight)
            let attempts = try await exchange.site.migrator.journal(of: found.id)
            return JSONAnswer.response(MigrationDocument(found, attempts))
        },
    ]
}

struct MigrationListDocument: Encodable {
    var migrations: [MigrationDocument]
}

struct MigrationDocument: Encodable {
    var id: String
    var version: String
    var name: String
    var status: String
    var canRollBack: Bool
    var checksum: String?
    var appliedAt: String?
    var appliedBy: String?
    var durationSeconds: Double?
    var run: Int64?
    var statementsDone: Int?
    var statementCount: Int?
    /// Only of one migration, not in the list.
    var up: String?
    var down: String?
    var attempts: [AttemptDocument]?

    init(_ state: MigrationState, _ attempts: [MigrationAttempt]? = nil) {
        id = state.id.description
        version = state.id.version.description
        name = state.id.name
        status = state.status.rawValue
        canRollBack = state.canRollBack
        checksum = (state.applied?.checksum ?? state.migration?.checksum)?.hex
        appliedAt = state.applied?.appliedAt.isoText
        appliedBy = state.applied?.appliedBy
        durationSeconds = state.applied.map { $0.duration / .seconds(1) }
        run = state.applied?.run.number
        statementsDone = state.unfinished?.statementsDone
        statementCount = state.unfinished?.statementCount
        guard let attempts else { return }
        up = state.migration.map { $0.source.text(Self.cut($0.up.section)) }
        down = state.migration.flatMap { file in
            file.down.map { file.source.text(Self.cut($0.section)) }
        }
        self.attempts = attempts.map {
            AttemptDocument(run: $0.run.number, entry: JournalDocument($0.entry))
        }
    }

    /// A document is no way to fetch a file of many megabytes.
    private static func cut(_ range: Range<Int>) -> Range<Int> { range.prefix(1 << 20) }
}

struct AttemptDocument: Encodable {
    var run: Int64
    var entry: JournalDocument
}

struct JournalDocument: Encodable {
    var migration: String
    var direction: String
    var status: String
    var statementsDone: Int
    var statementCount: Int
    var startedAt: String
    var durationSeconds: Double?
    var message: String?

    init(_ entry: JournalEntry) {
        migration = entry.migration.description
        direction = entry.direction.rawValue
        status = entry.status.rawValue
        statementsDone = entry.statementsDone
        statementCount = entry.statementCount
        startedAt = entry.startedAt.isoText
        durationSeconds = entry.duration.map { $0 / .seconds(1) }
        message = entry.message
    }
}
