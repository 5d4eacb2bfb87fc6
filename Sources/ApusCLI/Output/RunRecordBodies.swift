import ApusCore
import ApusEngine

/// `apus.runs/1`
struct RunListBody: Encodable {
    var target: TargetBody
    var runs: [RunRecordBody]

    init(_ runs: [RunRecord], _ target: DatabaseTarget) {
        self.target = TargetBody(target)
        self.runs = runs.map { RunRecordBody($0) }
    }
}

/// A run of the past; alone: `apus.run-record/1`
struct RunRecordBody: Encodable {
    var target: TargetBody?
    var run: Int64
    var kind: String
    var status: String
    var summary: String
    var from: String?
    var to: String?
    var startedAt: String
    var endedAt: String?
    var startedBy: String
    var databaseUser: String
    var toolVersion: String
    var failureCode: String?
    var failureMessage: String?
    var backup: String?
    var schemaDigest: String?
    /// Left out in the list.
    var journal: [JournalEntryBody]?
    /// Of the steps that waited or whose locks were traced; left out in the list.
    var locks: [StepLocksDocument]?

    init(_ run: RunRecord, _ target: DatabaseTarget? = nil) {
        self.target = target.map(TargetBody.init)
        self.run = run.id.number
        kind = run.kind
        status = run.status.rawValue
        summary = run.summary
        from = run.from?.description
        to = run.to?.description
        startedAt = run.startedAt.isoText
        endedAt = run.endedAt?.isoText
        startedBy = run.startedBy
        databaseUser = run.databaseUser
        toolVersion = run.toolVersion
        failureCode = run.failureCode
        failureMessage = run.failureMessage
        backup = run.backupName
        schemaDigest = run.schemaDigest?.hex
        journal = target == nil ? nil : run.journal.map(JournalEntryBody.init)
        locks = target == nil ? nil : run.locks.map(StepLocksDocument.init)
    }
}

struct JournalEntryBody: Encodable {
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
        durationSeconds = entry.duration?.inSeconds
        message = entry.message
    }
}
