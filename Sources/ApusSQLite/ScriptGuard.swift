import GRDBSQLite

/// Watches what a transactional script asks SQLite for.
///
/// - It refuses BEGIN, COMMIT and ROLLBACK. The parser does, too; this is the second lock on the
///   same door, and with it nothing is ever committed before its time. Savepoints are free.
///   (VACUUM begins a transaction of its own: scripts without a transaction are not guarded.)
/// - It notes whether the script touches what belongs to the connection and not to the database:
///   pragmas, temporary objects, attached files.
/// - It notes which indexes and triggers the script drops by name, and not with their table.
final class ScriptGuard {
    /// What a refused statement fails with.
    static let refusal = "SQLITE_AUTH"

    private(set) var touchesSession = false
    private(set) var dropped: Set<String> = []
    /// SQLite asks for the triggers of a table that is dropped as well.
    private var dropsTable = false

    func beginStatement() { dropsTable = false }

    /// The connection must not outlive this object, unless it is detached.
    func attach(to handle: OpaquePointer) {
        sqlite3_set_authorizer(
            handle,
            { context, action, name, _, database, _ in
                Unmanaged<ScriptGuard>.fromOpaque(context!).takeUnretainedValue()
                    .verdict(action, name, database)
            }, Unmanaged.passUnretained(self).toOpaque())
    }

    static func detach(from handle: OpaquePointer) {
        sqlite3_set_authorizer(handle, nil, nil)
    }

    /// Asked by SQLite while it compiles a statement.
    private func verdict(
        _ action: CInt, _ name: UnsafePointer<CChar>?, _ database: UnsafePointer<CChar>?
    ) -> CInt {
        switch action {
        case SQLITE_DROP_TABLE: dropsTable = true
        case SQLITE_DROP_INDEX, SQLITE_DROP_TRIGGER:
            if !dropsTable, let name { dropped.insert(String(cString: name)) }
        default: break
        }
        switch action {
        case SQLITE_TRANSACTION:
            return SQLITE_DENY
        case SQLITE_PRAGMA, SQLITE_ATTACH, SQLITE_DETACH:
            if !Self.isHarmless(action, name) { touchesSession = true }
        default:
            if !touchesSession, let database, String(cString: database) == "temp",
                !Self.isHarmless(action, name)
            {
                touchesSession = true
            }
        }
        return SQLITE_OK
    }

    /// What ALTER TABLE asks for by itself: whether the rows pass a new check, and whether temporary
    /// objects name what is renamed. Such an object is not made by that.
    private static func isHarmless(_ action: CInt, _ name: UnsafePointer<CChar>?) -> Bool {
        guard let name = name.map({ String(cString: $0) }) else { return false }
        return switch action {
        case SQLITE_PRAGMA: name == "quick_check"
        case SQLITE_READ, SQLITE_UPDATE:
            name == "sqlite_temp_master" || name == "sqlite_temp_schema"
        default: false
        }
    }
}
