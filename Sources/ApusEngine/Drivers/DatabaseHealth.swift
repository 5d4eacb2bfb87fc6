/// What a database tells of itself to somebody who looks for trouble: facts, not verdicts.
public struct DatabaseHealth: Hashable, Sendable {
    /// What stands against a run whatever its migrations are, such as `transactionPooler`.
    public var obstacles: [DatabaseError]
    public var missingRights: [MissingRight]
    /// Sessions and transactions that may hold up a migration, of any age.
    public var blockers: [Blocker]
    public var invalidIndexes: [InvalidIndex]
    /// Rows of the registry that name a run which is not there: `3 journal rows of run 7`.
    public var strayRows: [String]
    /// What somebody else made in the schema of the history, where nobody looks for it.
    public var strangers: [Stranger]
    /// The database's size in bytes, where it can be told.
    public var bytes: Int64?

    public init(
        obstacles: [DatabaseError] = [], missingRights: [MissingRight] = [],
        blockers: [Blocker] = [], invalidIndexes: [InvalidIndex] = [], strayRows: [String] = [],
        strangers: [Stranger] = [], bytes: Int64? = nil
    ) {
        self.obstacles = obstacles
        self.missingRights = missingRights
        self.blockers = blockers
        self.invalidIndexes = invalidIndexes
        self.strayRows = strayRows
        self.strangers = strangers
        self.bytes = bytes
    }
}

/// Something that is not Apus's and lies in the schema of its history.
public struct Stranger: Hashable, Sendable {
    /// As in `ALTER …`: `view`, `materialized view`.
    public var kind: String
    /// Qualified and quoted.
    public var name: String

    public init(kind: String, name: String) {
        self.kind = kind
        self.name = name
    }
}

/// Something that the user of the connection may not do.
public struct MissingRight: Hashable, Sendable {
    /// `create the schema apus`, `alter 2 tables of other roles`
    public var action: String
    /// Whether every run needs it; otherwise only some migrations do.
    public var isAlwaysNeeded: Bool
    /// The statement that an owner or superuser can run: `GRANT … TO …;`
    public var grant: String

    public init(action: String, isAlwaysNeeded: Bool, grant: String) {
        self.action = action
        self.isAlwaysNeeded = isAlwaysNeeded
        self.grant = grant
    }
}

/// A session or transaction of somebody else's that may hold up a migration.
public struct Blocker: Hashable, Sendable {
    public enum Kind: Hashable, Sendable {
        case idleInTransaction
        case statement
        /// A transaction that was prepared for a two-phase commit, by its name.
        case prepared(String)
        /// What it does is not shown to this user.
        case unseen
        /// SQLite: another connection writes.
        case writer
    }

    public var kind: Kind
    /// How long it has been so is the holder's `since`.
    public var holder: LockHolder
    /// The user tables that it holds locks on, qualified.
    public var tables: [String]
    /// A statement that ends it, or `nil` where there is none.
    public var remedy: String?

    public init(kind: Kind, holder: LockHolder, tables: [String], remedy: String?) {
        self.kind = kind
        self.holder = holder
        self.tables = tables
        self.remedy = remedy
    }
}

/// An index that is not valid: it costs at every write and serves no query.
public struct InvalidIndex: Hashable, Sendable {
    /// Qualified.
    public var name: String
    public var table: String
    /// The process that builds it now, where one does.
    public var builder: Int64?

    public init(name: String, table: String, builder: Int64? = nil) {
        self.name = name
        self.table = table
        self.builder = builder
    }
}

/// Whether somebody holds the migration lock.
public enum RunLock: Hashable, Sendable {
    case free
    case held(LockHolder?)
}
