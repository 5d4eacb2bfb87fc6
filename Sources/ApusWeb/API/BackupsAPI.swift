import ApusCore
import ApusEngine
import Hummingbird

/// `GET /api/backups`
enum BackupsAPI {
    static let routes = [
        Route(.api, .get, "/backups", .look) { exchange in
            let backups = try exchange.site.migrator.ownBackups()
            return JSONAnswer.response(
                BackupListDocument(backups: backups.map(BackupDocument.init)))
        }
    ]
}

struct BackupListDocument: Encodable {
    var backups: [BackupDocument]
}

struct BackupDocument: Encodable {
    /// Opaque; the same for the same backup.
    var id: String
    var name: String
    var bytes: Int64
    var takenAt: String
    var databaseVersion: String?
    var run: Int64?
    var engine: String
    var problem: String?

    init(_ entry: BackupEntry) {
        id = Opaque.id(of: entry.name)
        name = entry.name
        bytes = entry.bytes
        takenAt = entry.takenAt
        databaseVersion = entry.databaseVersion
        run = entry.run
        engine = entry.engine
        problem = entry.problem
    }
}
