import ApusCore
import ApusEngine

/// `apus.restore/1`
struct RestoreBody: Encodable {
    /// The database that was made; after an exchange, under the live one's name.
    var target: TargetBody
    var backup: BackupEntryBody
    var databaseVersion: String?
    var run: Int64?
    var tables: Int
    var rows: Int64
    var swapped: Bool
    var kept: String?
    var exchange: [String]
    var durationSeconds: Double
    var warnings: [DiagnosticBody]
    var failure: DiagnosticBody?

    init(_ report: RestoreReport) {
        target = TargetBody(report.database)
        backup = BackupEntryBody(report.backup)
        databaseVersion = report.version?.description
        run = report.run?.number
        tables = report.tables
        rows = report.rows
        swapped = report.exchange != nil
        kept = report.exchange?.kept
        exchange = report.exchangeCommands
        durationSeconds = report.duration.inSeconds
        warnings = report.warnings.map(DiagnosticBody.init)
        failure = report.failure.map(DiagnosticBody.init)
    }
}

/// `apus.exchange/1`
struct ExchangeBody: Encodable {
    var target: TargetBody
    var kept: String?

    init(_ exchange: Exchange, _ target: DatabaseTarget) {
        self.target = TargetBody(target)
        kept = exchange.kept
    }
}
