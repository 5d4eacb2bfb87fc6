import ApusCore
import ApusEngine

/// `apus.data/1`
struct DataBody: Encodable {
    struct Migration: Encodable {
        var migration: String
        var statement: Int
        var state: String
        var rowsDone: Int64
        var rowsExpected: Int64?
        var batchesDone: Int64
        var batchSize: Int
        var lastKey: [String]?
        var rowsASecond: Double?
        var busySeconds: Double
        var remainingSeconds: Double?
        var run: Int64
        var startedAt: String
        var changedAt: String
        var message: String?

        init(_ progress: DataMigrationProgress) {
            migration = progress.migration.description
            statement = progress.statement
            state = progress.state.rawValue
            rowsDone = progress.rowsDone
            rowsExpected = progress.rowsExpected
            batchesDone = progress.batchesDone
            batchSize = progress.size
            lastKey = progress.lastKey
            rowsASecond = progress.rate
            busySeconds = progress.busy.inSeconds
            remainingSeconds = progress.remaining.map(\.inSeconds)
            run = progress.run.number
            startedAt = progress.startedAt.isoText
            changedAt = progress.changedAt.isoText
            message = progress.message
        }
    }

    var target: TargetBody
    var dataMigrations: [Migration]

    init(_ all: [DataMigrationProgress], _ target: DatabaseTarget) {
        self.target = TargetBody(target)
        dataMigrations = all.map(Migration.init)
    }
}
