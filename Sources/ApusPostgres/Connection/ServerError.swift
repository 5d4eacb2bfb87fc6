import ApusCore
import ApusEngine
import CLibpq

extension DatabaseError {
    /// What a failed result says.
    init(_ result: OpaquePointer, from connection: Connection) {
        func field(_ name: Character) -> String? {
            PQresultErrorField(result, Int32(name.asciiValue!))
                .map { connection.redact(String(cString: $0)) }
        }
        let state = field("C")
        let primary = field("M") ?? connection.libpqMessage
        let isFatal = ["FATAL", "PANIC"].contains(field("V"))
        let code = Self.code(
            state: state, isConnected: connection.isAlive && !isFatal,
            isInterrupted: connection.cancellation.isRequested)
        let context = field("W").map { "context: \($0)" }
        let detail = [field("D"), context].compactMap(\.self)
        self.init(
            code, code == .connectionLost ? Self.loss(primary) : primary,
            sqlState: state, detail: detail.isEmpty ? nil : detail.joined(separator: "\n"),
            hint: field("H"), position: field("P").flatMap { Int($0) })
        switch code {
        case .connectionLost:
            let reason = connection.severance ?? primary
            self.detail = reason.isEmpty ? nil : reason
        case .insufficientPrivilege:
            help = [Self.grant(for: primary, user: connection.user)]
        case .readOnlyServer:
            help = ["connect to the primary server"]
        default:
            break
        }
    }

    /// The connection is gone, and the server had no last words.
    static func lost(_ connection: Connection) -> DatabaseError {
        let message = connection.libpqMessage
        return DatabaseError(
            .connectionLost, loss(message), detail: message.isEmpty ? nil : message)
    }

    /// libpq gives a connection up for which it cannot have a larger buffer, and says so as the
    /// connection's message or as a result's.
    private static func loss(_ message: String) -> String {
        message.contains("allocate memory") || message.contains("out of memory")
            ? "there is not enough memory here for the server's answer"
            : "the connection to the server was lost"
    }

    /// Whether a lock could not be had in time, or a deadlock was broken at our cost: trying again
    /// may succeed.
    var isLockFailure: Bool { sqlState == "55P03" || sqlState == "40P01" }

    private static func code(
        state: String?, isConnected: Bool, isInterrupted: Bool
    ) -> DiagnosticCode {
        switch state {
        case nil: isConnected ? .statementFailed : .connectionLost
        case "57P01", "57P02", "57P03", "57P05": .connectionLost
        // A statement that fails to connect to somewhere else says so with the same class.
        case let state? where state.hasPrefix("08") && !isConnected: .connectionLost
        case let state? where state.hasPrefix("28"): .authenticationFailed
        case "42501": .insufficientPrivilege
        case "25006": .readOnlyServer
        case "55P03", "40P01": .lockTimeout
        case "57014" where isInterrupted: .interrupted
        default: .statementFailed
        }
    }

    /// The right to ask for, read out of `permission denied for table guests`.
    private static func grant(for message: String, user: String) -> String {
        let words = message.split(separator: " ").map(String.init)
        let role = user.sqlIdentifier
        guard message.hasPrefix("permission denied for "), words.count >= 5 else {
            return "ask the owner for the right: GRANT … TO \(role);"
        }
        let name = words[4...].joined(separator: " ")
        return switch words[3] {
        case "schema": "GRANT USAGE, CREATE ON SCHEMA \(name) TO \(role);"
        case "database": "GRANT CREATE ON DATABASE \(name) TO \(role);"
        case "table", "view": "GRANT SELECT, INSERT, UPDATE, DELETE ON \(name) TO \(role);"
        case "sequence": "GRANT USAGE ON SEQUENCE \(name) TO \(role);"
        case "function", "procedure": "GRANT EXECUTE ON \(words[3]) \(name) TO \(role);"
        default: "ask the owner for the right: GRANT … ON \(words[3]) \(name) TO \(role);"
        }
    }
}
