import ApusCore
import ApusEngine
import Hummingbird

/// Data migrations for programs: how far they are, and their pause, resumption and end.
enum DataAPI {
    static let routes =
        [
            Route(.api, .get, "/data", .look) { exchange in
                let all = try await exchange.site.migrator.dataProgress()
                return JSONAnswer.response(DataListDocument(all))
            }
        ]
        + DataMigrationChange.allCases.map { change in
            Route(.api, .post, "/data/{id}/\(change.rawValue)", .act(.operator)) { exchange in
                JSONAnswer.response(
                    DataListDocument(try await DataPage.perform(change, exchange)))
            }
        }
}

struct DataListDocument: Encodable {
    var dataMigrations: [DataDocument]

    init(_ all: [DataMigrationProgress]) { dataMigrations = all.map(DataDocument.init) }
}

struct DataDocument: Encodable {
    var migration: String
    var statement: Int
    var state: String
    var rowsDone: Int64
    var rowsExpected: Int64?
    var batchesDone: Int64
    var batchSize: Int
    var rowsASecond: Double?
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
        rowsASecond = progress.rate
        remainingSeconds = progress.remaining.map { $0 / .seconds(1) }
        run = progress.run.number
        startedAt = progress.startedAt.isoText
        changedAt = progress.changedAt.isoText
        message = progress.message
    }
}
