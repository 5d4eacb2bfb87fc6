public import ApusCore
public import SystemPackage

/// How one database is made from a backup, and how it takes the place of another.
///
/// The calls come in this order: `check`, `occupant`, `discard` where an unfinished restore is in the
/// way, `begin`, `openSession` (which takes the migration lock for as long as the restore goes on),
/// `load`, `contents`, `complete`; `discard` where something in between failed; then `exchange`.
public protocol RestoreTarget: Sendable {
    /// The database's own name with something added to it: `guests_restored`, `guests_restored.db`.
    func name(adding suffix: String) -> String

    /// The folder that the database will lie in; `nil` where this process cannot see its disk, which
    /// is then full when the server says so.
    var folder: FilePath? { get }

    /// Whether a file or folder is a backup that can be restored here: its format, and the tools.
    ///
    /// Throws `backupFormat` for what is no backup of this kind, such as a plain script;
    /// `backupToolMissing`.
    func check(_ path: FilePath) async throws(DatabaseError)

    /// What bears the database's name now. Changes nothing.
    func occupant() async throws(DatabaseError) -> RestoreOccupant

    /// Makes the new database, empty, with what the old one had as a whole, and marks it as the
    /// unfinished restore of a backup until ``complete(_:keepingOwners:)``.
    ///
    /// Whether there was none before, so that ``discard()`` may remove it; the mark that it leaves says
    /// so too. Throws `restoreFailed`,
    /// `insufficientPrivilege`, `restoreOccupied`.
    func begin(
        _ mark: RestoreMark, like properties: [DatabaseProperty]
    ) async throws(DatabaseError) -> Bool

    /// A session with the database while it is being made.
    func openSession() async throws(DatabaseError) -> any DatabaseSession

    /// Loads everything from a backup, and stops at the first error. Throws `restoreFailed`.
    ///
    /// `progress` gets the bytes that the new database has.
    func load(
        from path: FilePath, _ options: RestoreLoading,
        progress: @escaping @Sendable (Int64) -> Void
    ) async throws(DatabaseError)

    /// What it holds now.
    func contents() async throws(DatabaseError) -> BackupContents

    /// Gives it what belongs to the database as a whole, and takes the mark away. What could not be
    /// given, for want of a right or a role, is a warning.
    func complete(
        _ properties: [DatabaseProperty], keepingOwners: Bool
    ) async throws(DatabaseError) -> [Diagnostic]

    /// Removes what an unfinished restore left; refuses anything else, one that goes on, and a database
    /// that was there before the restore.
    func discard() async throws(DatabaseError)

    /// Unfinished restores of whatever name on the same server, or in the same folder.
    func unfinished() async throws(DatabaseError) -> [UnfinishedRestore]

    /// Gives this database the name of `live`, and what bears it now the name `kept`: both or
    /// neither. Where nothing bears it, nothing is kept.
    ///
    /// Throws `databaseInUse` while others are connected to either, unless they are to be ended.
    func exchange(
        with live: Self, keeping kept: String, endingConnections: Bool
    ) async throws(DatabaseError) -> Exchange

    /// The same as commands for a person, in order.
    func exchangeCommands(with live: Self, keeping kept: String) -> [String]
}

extension DatabaseError {
    /// Between the look at a database's name and its making, somebody else made it.
    package static func restoreBegunElsewhere(_ database: String) -> DatabaseError {
        DatabaseError(
            .databaseInUse, "\(database) came into being a moment ago: another restore made it",
            help: [
                "wait for the other one, or restore under another name: apus restore BACKUP --into NAME"
            ])
    }
}

/// What bears the name that a restored database is to have.
public enum RestoreOccupant: Hashable, Sendable {
    case none
    /// A database without anything in it.
    case empty
    /// A database with something in it, in a few words: `24 tables`.
    case occupied(String)
    /// What a restore that died left.
    case unfinished(RestoreMark?)
    /// A restore that goes on.
    case busy(LockHolder?)
}

/// How a database says of itself that it is not yet what it is to be.
public struct RestoreMark: Hashable, Sendable {
    /// The backup's name.
    public var backup: String
    /// `2025-01-15T10:30:00Z`
    public var begunAt: String
    /// `ana@laptop`
    public var begunBy: String
    /// The database was there before, empty, and no restore made it: none removes it.
    public var wasThere: Bool

    public init(backup: String, begunAt: String, begunBy: String, wasThere: Bool = false) {
        self.backup = backup
        self.begunAt = begunAt
        self.begunBy = begunBy
        self.wasThere = wasThere
    }
}

/// A database that a restore left half made.
public struct UnfinishedRestore: Hashable, Sendable {
    public var name: String
    /// `nil` where it cannot be told.
    public var mark: RestoreMark?

    public init(name: String, mark: RestoreMark?) {
        self.name = name
        self.mark = mark
    }
}

/// How a backup is loaded.
public struct RestoreLoading: Hashable, Sendable {
    /// The program that wrote the backup: `pg_dump 15.8`.
    public var tool: String
    public var bytes: Int64
    /// How many processes load at once; `nil` leaves it to the database.
    public var jobs: Int?
    /// Whether everything belongs to whom it belonged; otherwise to whoever restores.
    public var keepsOwners: Bool

    public init(tool: String, bytes: Int64, jobs: Int? = nil, keepsOwners: Bool = true) {
        self.tool = tool
        self.bytes = bytes
        self.jobs = jobs
        self.keepsOwners = keepsOwners
    }
}

/// What an exchange of names did.
public struct Exchange: Hashable, Sendable {
    /// What the database that was replaced is called now; `nil` where there was none.
    public var kept: String?
    /// Whose connections were ended.
    public var ended: [LockHolder]

    public init(kept: String?, ended: [LockHolder] = []) {
        self.kept = kept
        self.ended = ended
    }
}
