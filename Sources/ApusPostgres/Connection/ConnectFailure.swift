import ApusCore
import ApusEngine
import CLibpq

/// Why no connection came about. libpq gives no SQLSTATE here, only a message: which of the two
/// codes it stands for is read from the server's wording, and from whether a password was asked for.
enum ConnectFailure {
    static func error(
        _ handle: OpaquePointer, at address: PostgresConnectionString
    ) -> DatabaseError {
        let redact = address.redaction(used: PQpass(handle).map { String(cString: $0) })
        let message = redact(String(cString: PQerrorMessage(handle)))
            .split(whereSeparator: \.isNewline).joined(separator: "; ")
        let isRefused =
            PQconnectionNeedsPassword(handle) != 0
            || ["authentication failed", "no pg_hba.conf entry", "no password supplied"]
                .contains { message.contains($0) }
            || (message.contains("role \"") && message.contains("does not exist"))
            || message.contains("is not permitted to log in")
        if isRefused {
            return DatabaseError(
                .authenticationFailed, "the server at \(address.target.location) refused the login",
                detail: message,
                help: ["check the user and the password in the connection string"])
        }
        return DatabaseError(
            .cannotConnect, "cannot connect to \(address)", detail: message, help: help(message))
    }

    private static func help(_ message: String) -> [String] {
        if message.contains("database \"") && message.contains("does not exist") {
            return ["create the database first: createdb NAME"]
        }
        if message.contains("too many") {
            return ["wait until other connections have ended, or raise max_connections"]
        }
        return ["check that the server runs, and its host and port in the connection string"]
    }
}
