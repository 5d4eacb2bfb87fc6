import ApusCore
public import ApusEngine
import CLibpq

/// Where a PostgreSQL database is and who connects to it.
///
/// Read by libpq itself, so that it takes exactly what `psql` takes: a `postgres://` or
/// `postgresql://` URL, or a list of `keyword=value`. What it leaves out, libpq looks up when it
/// connects, in the `PG…` environment variables, the service file and the password file.
public struct PostgresConnectionString: Hashable, Sendable {
    /// What was given, without the secrets.
    let options: [String: String]
    let password: Secret?
    /// The passphrase of a client key.
    let keyPassphrase: Secret?
    /// libpq's name of an option's environment variable.
    let variables: [String: String]
    public let target: DatabaseTarget

    /// Throws `configurationInvalid` for what libpq cannot read, and for a database name that would
    /// itself be taken for a connection string by a tool that it is handed to; `cannotConnect` where
    /// there is no libpq.
    public init(_ text: String) throws(DatabaseError) {
        try Self.loadLibrary()
        var given: [String: String] = [:]
        var variables: [String: String] = [:]
        var message: UnsafeMutablePointer<CChar>?
        guard let parsed = PQconninfoParse(text, &message) else {
            defer { PQfreemem(message) }
            throw Self.unreadable(message.map { String(cString: $0) } ?? "")
        }
        defer { PQconninfoFree(parsed) }
        var option = parsed
        while let keyword = option.pointee.keyword {
            let name = String(cString: keyword)
            if let value = option.pointee.val { given[name] = String(cString: value) }
            if let variable = option.pointee.envvar { variables[name] = String(cString: variable) }
            option += 1
        }

        password = given.removeValue(forKey: "password").map(Secret.init)
        keyPassphrase = given.removeValue(forKey: "sslpassword").map(Secret.init)
        if let name = given["dbname"] { try Self.checkName(name) }
        if let port = given["port"],
            !port.split(separator: ",", omittingEmptySubsequences: false)
                .allSatisfy({ $0.isEmpty || UInt16($0) != nil })
        {
            // Not echoed: behind a wrong host it may be the beginning of a password.
            throw DatabaseError(
                .configurationInvalid, "the port is not a number from 1 to 65535",
                help: ["write %2F for a / and %40 for an @ inside a user name or password"])
        }
        options = given
        self.variables = variables
        target = Self.target(of: given)
    }

    /// Before anything else is asked of it.
    private static func loadLibrary() throws(DatabaseError) {
        guard let problem = apus_libpq_problem() else { return }
        throw DatabaseError(
            .cannotConnect, "PostgreSQL's client library cannot be loaded",
            detail: String(cString: problem), help: ["install it: apt-get install libpq5"])
    }

    /// The same server with another database. Throws `configurationInvalid` for what can be no name.
    func named(_ name: String) throws(DatabaseError) -> PostgresConnectionString {
        try Self.checkName(name)
        guard !name.isEmpty, name.utf8.count <= Self.longestName, !name.contains("\0") else {
            throw DatabaseError(
                .configurationInvalid, "\"\(name)\" can be no name of a database",
                help: ["give a name of 1 to \(Self.longestName) bytes"])
        }
        return PostgresConnectionString(self, name)
    }

    /// In bytes: what a server is built with as a rule, less one.
    static let longestName = 63

    private init(_ other: PostgresConnectionString, _ name: String) {
        options = other.options.merging(["dbname": name]) { $1 }
        (password, keyPassphrase) = (other.password, other.keyPassphrase)
        variables = other.variables
        target = DatabaseTarget(name: name, location: other.target.location)
    }

    /// A tool that is handed a name would take some for a connection string, and go elsewhere.
    private static func checkName(_ name: String) throws(DatabaseError) {
        guard
            name.contains("=") || name.hasPrefix("postgres://") || name.hasPrefix("postgresql://")
        else { return }
        throw DatabaseError(
            .configurationInvalid, "the database name is itself a connection string",
            help: ["give the database's name alone; a name that holds = is not supported"])
    }

    /// The given options and libpq's defaults, as it will look them up when it connects.
    private static func target(of given: [String: String]) -> DatabaseTarget {
        var values = given
        if let defaults = PQconndefaults() {
            defer { PQconninfoFree(defaults) }
            var option = defaults
            while let keyword = option.pointee.keyword {
                let name = String(cString: keyword)
                if values[name] == nil, let value = option.pointee.val {
                    values[name] = String(cString: value)
                }
                option += 1
            }
        }
        let host = values["host"] ?? values["hostaddr"] ?? "localhost"
        let isSocket = host.hasPrefix("/") || host.hasPrefix("@")
        return DatabaseTarget(
            name: values["dbname"] ?? values["user"] ?? "postgres",
            location: isSocket ? host : "\(host):\(values["port"] ?? "5432")")
    }

    /// libpq's message, without what it quotes: that may be a part of a password.
    private static func unreadable(_ message: String) -> DatabaseError {
        var clean = ""
        var isQuoted = false
        for character in message where !character.isNewline {
            if character == "\"" {
                if !isQuoted { clean += "\"•••" }
                isQuoted.toggle()
            }
            if !isQuoted { clean.append(character) }
        }
        return DatabaseError(
            .configurationInvalid, "the connection string cannot be read: \(clean)",
            help: [
                "write it as postgres://USER:PASSWORD@HOST:PORT/DATABASE",
                "write %2F for a / and %40 for an @ inside a user name or password",
            ])
    }
}

extension PostgresConnectionString: CustomStringConvertible {
    public var description: String { "\(target.name) on \(target.location)" }

    /// All that was given as `keyword=value`, sorted, with dots for secrets.
    public var masked: String {
        var shown = options
        if password != nil { shown["password"] = "\(Secret(""))" }
        if keyPassphrase != nil { shown["sslpassword"] = "\(Secret(""))" }
        return shown.sorted { $0.key < $1.key }.map { "\($0)=\($1)" }.joined(separator: " ")
    }

    /// Whether a password was given with the address.
    public var hasPassword: Bool { password != nil }

    /// What takes the secrets out of the messages of others; `used` is a password that libpq found
    /// elsewhere.
    func redaction(used: String? = nil) -> Redaction {
        let secrets = [password, keyPassphrase, used.map(Secret.init)].compactMap(\.self)
        return Redaction(
            secrets, names: ["user", "dbname", "host"].compactMap { options[$0] })
    }

    /// A message of libpq's or a tool's without the secrets that it may quote.
    func redact(_ message: String) -> String { redaction()(message) }
}
