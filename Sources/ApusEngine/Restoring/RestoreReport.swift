public import ApusCore

/// What is to be restored, and how far it goes.
public struct RestoreRequest: Hashable, Sendable {
    /// A backup's name in the folder, or a path to one elsewhere.
    public var backup: String
    /// The new database's name; `nil`: the present one's with `_restored` behind it.
    public var name: String?
    /// Whether the new database then takes the place of the present one.
    public var swaps: Bool
    /// Whether connections that are in the way of that are ended.
    public var endsConnections: Bool
    /// Whether everything belongs to whom it belonged; otherwise to whoever restores.
    public var keepsOwners: Bool
    /// Whether a backup of another database may take the place of the present one.
    public var takesAnother: Bool

    public init(
        backup: String, name: String? = nil, swaps: Bool = false, endsConnections: Bool = false,
        keepsOwners: Bool = true, takesAnother: Bool = false
    ) {
        self.backup = backup
        self.name = name
        self.swaps = swaps
        self.endsConnections = endsConnections
        self.keepsOwners = keepsOwners
        self.takesAnother = takesAnother
    }
}

/// What happens while a backup is restored, in order.
public enum RestoreEvent: Sendable {
    case verifying(BackupProgress)
    case verified(BackupEntry)
    /// What an earlier restore that died had left was removed.
    case cleared(UnfinishedRestore)
    case creating(name: String)
    /// `expected`: how large the database was that the backup was taken of; the new one is packed
    /// more tightly.
    case loading(bytes: Int64, expected: Int64?)
    case loaded(name: String, Duration)
    case compared(tables: Int, rows: Int64)
    /// The restore is in the history of the new database; runs that stood open in it are closed.
    case recorded(RunID, closed: [RunID])
    case exchanged(Exchange)
}

/// What a restore did.
public struct RestoreReport: Sendable {
    public var backup: BackupEntry
    /// The database that was made; after an exchange, under the name that it has then.
    public var database: DatabaseTarget
    /// The name by which a later command finds it: the one that was asked for.
    public var name: String
    /// The database version that it has.
    public var version: SemanticVersion?
    /// The run that records the restore; `nil` where the backup holds no history.
    public var run: RunID?
    public var tables: Int
    public var rows: Int64
    /// What the exchange did; `nil` where there was none.
    public var exchange: Exchange?
    /// What a person runs for the exchange, where it was not made; nothing for a backup of another
    /// database.
    public var exchangeCommands: [String]
    public var duration: Duration
    public var warnings: [Diagnostic]
    /// Why the exchange was not made although it was asked for; what was restored stays.
    public var failure: Diagnostic?
}
