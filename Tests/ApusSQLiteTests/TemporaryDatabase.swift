import ApusSQLite
import Foundation
import GRDB

/// A database file in a folder of its own, which goes when the last reference does.
final class TemporaryDatabase: Sendable {
    let folder: URL
    let path: String

    init(named name: String = "guests.sqlite") throws {
        folder = FileManager.default.temporaryDirectory.appending(
            path: "apus-sqlite-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        path = folder.appending(path: name).path
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    var driver: SQLiteDriver { SQLiteDriver(path: path) }

    var files: [String] {
        get throws { try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() }
    }

    /// Another program with the file open, which may keep a transaction open as it likes.
    func otherProgram() throws -> DatabaseQueue {
        var configuration = Configuration()
        configuration.allowsUnsafeTransactions = true
        return try DatabaseQueue(path: path, configuration: configuration)
    }

    /// Works on the file without Apus.
    func access<Result>(_ body: (Database) throws -> Result) throws -> Result {
        try Self.access(path, body)
    }

    private static func access<Result>(
        _ path: String, _ body: (Database) throws -> Result
    ) throws -> Result {
        let queue = try DatabaseQueue(path: path)
        defer { try? queue.close() }
        return try queue.inDatabase(body)
    }

    /// The first value of a statement as text.
    func value(_ sql: String) throws -> String? { try Self.value(sql, at: path) }

    static func value(_ sql: String, at path: String) throws -> String? {
        try access(path) { database in
            try Row.fetchOne(database, sql: sql).flatMap { row in
                String.fromDatabaseValue(row[0]) ?? Int64.fromDatabaseValue(row[0]).map(String.init)
            }
        }
    }
}
