import ApusCore
import ApusEngine

/// `apus.status/1`
struct StatusBody: Encodable {
    var target: TargetBody
    var server: String
    var environment: String
    var databaseURLFrom: String?
    var databaseVersion: String?
    var applicationVersion: String?
    var minimumDatabase: String?
    var compatibility: CompatibilityBody
    var pending: Int
    var drift: [DiagnosticBody]
    var problems: [DiagnosticBody]
    /// What waits for its time, or for its confirmation.
    var schedule: [ScheduleEntryBody]
    /// What was scheduled and not run, of late.
    var scheduleReports: [DiagnosticBody]
    /// Those that are not complete.
    var dataMigrations: [DataBody.Migration]
    var migrations: [MigrationBody]

    init(_ state: DatabaseState, _ project: Project, now: Timestamp) {
        target = TargetBody(state.target)
        server = state.facts.product
        environment = project.environment
        databaseURLFrom = project.settings[.databaseURL]?.source
        databaseVersion = state.version?.description
        applicationVersion = state.application?.description
        minimumDatabase = state.minimumDatabase?.description
        compatibility = CompatibilityBody(state.compatibility)
        pending = state.pending.count
        drift = state.drift.map(DiagnosticBody.init)
        problems = state.problems.map(DiagnosticBody.init)
        schedule = state.schedule.filter(\.isOpen).map { ScheduleEntryBody($0) }
        scheduleReports = ScheduleEntry.reports(state.schedule, now: now).map(DiagnosticBody.init)
        dataMigrations = state.history.incomplete.map(DataBody.Migration.init)
        migrations = state.migrations.map(MigrationBody.init)
    }
}

struct TargetBody: Encodable {
    var name: String
    var location: String

    init(_ target: DatabaseTarget) {
        name = target.name
        location = target.location
    }
}

struct CompatibilityBody: Encodable {
    var verdict: String
    var compatible: Bool
    var reasons: [String]

    init(_ compatibility: Compatibility) {
        verdict = compatibility.verdict.rawValue
        compatible = compatibility.isCompatible
        reasons = compatibility.reasons
    }
}

struct MigrationBody: Encodable {
    var id: String
    var version: String
    var name: String
    var status: String
    var canRollBack: Bool
    var file: String?
    var checksum: String?
    var appliedAt: String?
    var appliedBy: String?
    var durationSeconds: Double?
    var run: Int64?
    var baseline: Bool?
    var statementsDone: Int?
    var statementCount: Int?

    init(_ state: MigrationState) {
        id = state.id.description
        version = state.id.version.description
        name = state.id.name
        status = state.status.rawValue
        canRollBack = state.canRollBack
        file = state.migration?.source.path
        checksum = (state.applied?.checksum ?? state.migration?.checksum)?.hex
        appliedAt = state.applied?.appliedAt.isoText
        appliedBy = state.applied?.appliedBy
        durationSeconds = state.applied.map { $0.duration.inSeconds }
        run = state.applied?.run.number
        baseline = state.applied?.isBaseline
        statementsDone = state.unfinished?.statementsDone
        statementCount = state.unfinished?.statementCount
    }
}

extension Duration {
    var inSeconds: Double {
        Double(components.seconds) + Double(components.attoseconds) / 1e18
    }
}
