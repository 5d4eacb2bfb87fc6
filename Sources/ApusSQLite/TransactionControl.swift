import GRDBSQLite

/// Keeps a script from ending the transaction that it runs in.
///
/// The parser refuses BEGIN, COMMIT and ROLLBACK; this is the second lock on the same door: SQLite
/// itself refuses to compile them, so nothing is ever committed before its time. Savepoints are
/// free. (VACUUM begins a transaction of its own: scripts without a transaction are not guarded.)
enum TransactionControl {
    static func forbid(on handle: OpaquePointer) {
        sqlite3_set_authorizer(
            handle, { _, action, _, _, _, _ in action == SQLITE_TRANSACTION ? SQLITE_DENY : SQLITE_OK },
            nil)
    }

    static func allow(on handle: OpaquePointer) {
        sqlite3_set_authorizer(handle, nil, nil)
    }
}
