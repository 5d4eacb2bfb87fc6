import Foundation
import GRDB

/// SQLite by way of GRDB.
///
/// Each statement opens the file for itself: a file that a restore exchanges is never held on to.
struct SQLiteDatabase: Database {
    let path: String

    /// In WAL mode readers read on while a migration writes.
    func prepare() async throws(DatabaseProblem) {
        _ = try await rows("PRAGMA journal_mode = WAL", [])
    }

    func rows(_ sql: String, _ values: [String?]) async throws(DatabaseProblem) -> [Row] {
        do {
            var configuration = Configuration()
            configuration.busyMode = .timeout(5)
            configuration.prepareDatabase { try $0.execute(sql: "PRAGMA foreign_keys = ON") }
            let queue = try DatabaseQueue(path: path, configuration: configuration)
            defer { try? queue.close() }
            return try await queue.writeWithoutTransaction { database in
                try GRDB.Row.fetchAll(database, sql: sql, arguments: StatementArguments(values))
                    .map(Self.texts)
            }
        } catch let error as DatabaseError {
            let isDuplicate = [
                ResultCode.SQLITE_CONSTRAINT_UNIQUE, .SQLITE_CONSTRAINT_PRIMARYKEY,
            ].contains(error.extendedResultCode)
            throw DatabaseProblem(
                kind: isDuplicate ? .duplicate : .other, message: error.message ?? "\(error)")
        } catch {
            throw DatabaseProblem(kind: .other, message: "\(error)")
        }
    }

    private static func texts(_ row: GRDB.Row) -> Row {
        var texts: Row = [:]
        for (column, value) in row {
            switch value.storage {
            case .null: break
            case .int64(let number): texts[column] = String(number)
            case .double(let number): texts[column] = String(number)
            case .string(let text): texts[column] = text
            case .blob(let bytes): texts[column] = String(decoding: bytes, as: UTF8.self)
            }
        }
        return texts
    }
}
