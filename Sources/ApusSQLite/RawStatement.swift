import ApusCore
import GRDBSQLite

import struct ApusEngine.DatabaseError

/// One statement of a script, sent as exactly its bytes.
enum RawStatement {
    /// Compiles and runs the bytes; rows are stepped through and thrown away.
    ///
    /// Returns the number of rows that came back or were changed, where there is one.
    static func execute(
        _ bytes: UnsafeRawBufferPointer, on handle: OpaquePointer
    ) throws(DatabaseError) -> Int64? {
        var prepared: OpaquePointer?
        var tail: UnsafePointer<CChar>?
        guard bytes.count <= Int(CInt.max) else {
            throw DatabaseError(
                ResultCode(rawValue: SQLITE_TOOBIG), "the statement is longer than 2 GiB")
        }
        let start = bytes.bindMemory(to: CChar.self).baseAddress
        guard sqlite3_prepare_v2(handle, start, CInt(bytes.count), &prepared, &tail) == SQLITE_OK
        else {
            throw failure(of: handle, in: bytes)
        }
        defer { sqlite3_finalize(prepared) }
        guard let prepared else { return nil }
        guard let start, let tail, tail - start == bytes.count else {
            throw DatabaseError(
                .internalError, "SQLite ends the statement earlier than Apus",
                help: ["please report the statement as a bug of Apus"])
        }

        let changesBefore = sqlite3_total_changes64(handle)
        var rows: Int64 = 0
        while true {
            switch sqlite3_step(prepared) {
            case SQLITE_ROW:
                rows += 1
            case SQLITE_DONE:
                if sqlite3_column_count(prepared) > 0 { return rows }
                return sqlite3_total_changes64(handle) == changesBefore
                    ? nil : sqlite3_changes64(handle)
            default:
                throw failure(of: handle, in: bytes)
            }
        }
    }

    /// The same for a short text of our own.
    @discardableResult
    static func execute(_ sql: StaticString, on handle: OpaquePointer) throws(DatabaseError)
        -> Int64?
    {
        try execute(
            UnsafeRawBufferPointer(start: sql.utf8Start, count: sql.utf8CodeUnitCount), on: handle)
    }

    static func failure(of handle: OpaquePointer, in bytes: UnsafeRawBufferPointer)
        -> DatabaseError
    {
        var error = DatabaseError.last(of: handle)
        let offset = Int(sqlite3_error_offset(handle))
        if offset >= 0, offset <= bytes.count {
            // SQLite counts bytes from 0, a diagnostic Unicode scalars from 1.
            error.position = 1 + bytes[..<offset].count { $0 & 0xC0 != 0x80 }
        }
        return error
    }
}
