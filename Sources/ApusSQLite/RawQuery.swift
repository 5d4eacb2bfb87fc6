import ApusEngine
import GRDBSQLite

import struct ApusEngine.DatabaseError

/// A query whose rows are wanted.
enum RawQuery {
    /// Runs the bytes, gives back the first rows as text and counts all of them.
    static func firstRows(
        of bytes: UnsafeRawBufferPointer, limit: Int, on handle: OpaquePointer
    ) throws(DatabaseError) -> QueryRows {
        var prepared: OpaquePointer?
        let start = bytes.bindMemory(to: CChar.self).baseAddress
        guard
            sqlite3_prepare_v2(handle, start, CInt(clamping: bytes.count), &prepared, nil)
                == SQLITE_OK
        else { throw RawStatement.failure(of: handle, in: bytes) }
        defer { sqlite3_finalize(prepared) }
        guard let prepared else { return QueryRows(columns: [], first: [], count: 0) }
        let width = sqlite3_column_count(prepared)
        var rows = QueryRows(
            columns: (0..<width).map { String(cString: sqlite3_column_name(prepared, $0)) },
            first: [], count: 0)
        while true {
            switch sqlite3_step(prepared) {
            case SQLITE_ROW:
                rows.count += 1
                if rows.count <= limit {
                    rows.first.append((0..<width).map { text(prepared, $0) })
                }
            case SQLITE_DONE: return rows
            default: throw RawStatement.failure(of: handle, in: bytes)
            }
        }
    }

    /// A blob as SQLite's shell writes it.
    private static func text(_ prepared: OpaquePointer, _ column: CInt) -> String? {
        switch sqlite3_column_type(prepared, column) {
        case SQLITE_NULL: return nil
        case SQLITE_BLOB:
            let count = Int(sqlite3_column_bytes(prepared, column))
            guard let start = sqlite3_column_blob(prepared, column) else { return "x''" }
            let bytes = UnsafeRawBufferPointer(start: start, count: count)
            let digits = Array("0123456789abcdef")
            let hex = bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
            return "x'\(String(hex))'"
        default: return sqlite3_column_text(prepared, column).map { String(cString: $0) }
        }
    }
}
