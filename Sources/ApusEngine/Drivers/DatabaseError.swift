public import ApusCore

/// What a database, or the way to it, said: typed by a stable code, free of secrets.
public struct DatabaseError: Error, Hashable, Sendable {
    /// Drivers use: `cannotConnect`, `authenticationFailed`, `connectionLost`, `statementFailed`,
    /// `commitFailed`, `commitUnknown`, `lockBusy`, `lockTimeout`, `lockLost`, `invalidIndex`,
    /// `insufficientPrivilege`, `readOnlyServer`, `transactionPooler`, `registryForeign`,
    /// `registryNewer`, `interrupted`, `configurationInvalid`, `backupFailed`, `backupDamaged`, `backupToolMissing`,
    /// `backupFormat`, `restoreFailed`, `restoreOccupied`, `databaseInUse`.
    public var code: DiagnosticCode
    /// One sentence, the server's own primary message where there is one.
    public var message: String
    /// Five characters, where the server gives one; SQLite: the extended result code's name.
    public var sqlState: String?
    public var detail: String?
    public var hint: String?
    /// Where in the statement as it was sent, in Unicode scalars from 1.
    public var position: Int?
    /// What can be done next; each line holds a command where one exists.
    public var help: [String]

    public init(
        _ code: DiagnosticCode, _ message: String, sqlState: String? = nil, detail: String? = nil,
        hint: String? = nil, position: Int? = nil, help: [String] = []
    ) {
        self.code = code
        self.message = message
        self.sqlState = sqlState
        self.detail = detail
        self.hint = hint
        self.position = position
        self.help = help
    }
}

extension DatabaseError {
    /// An action's key was used before.
    package static let repeated = DatabaseError(
        .requestRepeated, "this was asked for before; it is done once")

    /// There is no registry, or an older one, that could hold the audit.
    package static let noAudit = DatabaseError(
        .auditUnavailable, "what is done could not be written to the audit",
        help: ["apus migrate makes or upgrades the registry", "apus backup needs no audit"])
}
