import ApusCore
import GRDB
import GRDBSQLite

import struct ApusEngine.DatabaseError

extension DatabaseError {
    /// What SQLite said, under Apus's code for it, or `otherwise` where there is none of its own.
    init(
        _ result: ResultCode, _ message: String, position: Int? = nil,
        otherwise: DiagnosticCode = .statementFailed
    ) {
        let code: DiagnosticCode =
            switch result.primary {
            case SQLITE_READONLY: .readOnlyServer
            case SQLITE_BUSY, SQLITE_LOCKED: .lockTimeout
            case SQLITE_INTERRUPT: .interrupted
            case SQLITE_NOTADB: .cannotConnect
            case SQLITE_PERM: .insufficientPrivilege
            default: otherwise
            }
        self.init(
            code, message, sqlState: result.name, position: position,
            help: code == .lockTimeout ? [Self.otherWriter] : Self.waysOfRebuild(message))
    }

    private static let otherWriter =
        "another program has a transaction open in this file: let it end, and try again"

    /// What to do where a view or a trigger names the table that a rebuild has just dropped.
    private static func waysOfRebuild(_ message: String) -> [String] {
        let pattern = /error in (view|trigger) (.+?): no such table: (?:main\.)?(.+)/
        guard let match = message.wholeMatch(of: pattern) else { return [] }
        let (_, kind, name, table) = match.output
        return [
            "drop the \(kind) \(name) before the table is made anew, and make it again behind",
            "or have the rebuild written: apus sqlite rebuild \(String(table).shellWord) VERSION",
        ]
    }

    /// An error that came through GRDB.
    init(_ error: any Error, otherwise: DiagnosticCode = .statementFailed) {
        switch error {
        case let error as DatabaseError:
            self = error
        case let error as GRDB.DatabaseError:
            self.init(
                ResultCode(rawValue: error.extendedResultCode.rawValue),
                error.message ?? "SQLite gave no message", otherwise: otherwise)
        default:
            self.init(.internalError, String(describing: error))
        }
    }

    /// Whether another connection's lock is in the way, so that trying again can help.
    var isLockConflict: Bool { code == .lockTimeout }

    /// What the connection's last call failed with.
    static func last(of handle: OpaquePointer, otherwise: DiagnosticCode = .statementFailed) -> Self
    {
        Self(
            ResultCode(rawValue: sqlite3_extended_errcode(handle)),
            String(cString: sqlite3_errmsg(handle)), otherwise: otherwise)
    }
}

/// Runs GRDB calls and throws what they throw as ours.
func mapped<Result>(
    otherwise: DiagnosticCode = .statementFailed, _ body: () throws -> Result
) throws(DatabaseError) -> Result {
    do {
        return try body()
    } catch {
        throw DatabaseError(error, otherwise: otherwise)
    }
}
