public import ApusCore

/// The code that speaks to one kind of database.
///
/// # Implementing a driver
///
/// 1. A driver is a `Sendable` value that knows where the database is. It opens sessions and keeps
///    none; making one does no I/O.
/// 2. A session is one connection. The same session holds the lock, reads the history and performs
///    the steps, so that no lock can be lost while the work goes on.
/// 3. Reading commands (``DatabaseSession/facts()``, ``DatabaseSession/history()``,
///    ``DatabaseSession/runs(limit:)``) create nothing: they work on a read-only server.
/// 4. ``DatabaseSession/perform(_:in:report:)`` does everything of one step in one synchronous
///    stretch: no suspension point stands between BEGIN and COMMIT.
/// 5. Whatever a migration's script changed in the session (settings, role, temporary objects) is
///    gone before the next step.
/// 6. Errors never contain a password.
///
/// `DriverConformance` in ApusTesting is the suite that every driver passes.
public protocol Driver: Sendable {
    associatedtype Session: DatabaseSession
    associatedtype Backup: BackupSource
    associatedtype Restore: RestoreTarget

    var engine: DatabaseEngine { get }
    /// Where the database is, for people: never holds a secret.
    var target: DatabaseTarget { get }
    /// Connects. One attempt; throws `cannotConnect` or `authenticationFailed`.
    func openSession() async throws(DatabaseError) -> Session
    /// Connects for somebody who looks again and again, and only looks.
    func openLook() async throws(DatabaseError) -> Session
    /// How long a session for looks may stay open behind each of them; `nil` where connecting costs
    /// nothing.
    var looksAreKeptFor: Duration? { get }
    /// How this database is copied and read back.
    var backupSource: Backup { get }
    /// The database of another name on the same server, or in the same folder. Does no I/O; throws
    /// `configurationInvalid` for what can be no name.
    func named(_ name: String) throws(DatabaseError) -> Self
    /// How this database is made from a backup.
    var restoreTarget: Restore { get }
    /// Where databases for rehearsals of this one's migrations are made. Does no I/O; throws
    /// `configurationInvalid` where there can be none.
    func rehearsalHost(_ place: RehearsalPlace) throws(DatabaseError) -> any RehearsalHost
    /// The live schema as a script that recreates it in an empty database, without Apus's own
    /// tables and without data: statements ended by `;`, in an order that runs.
    func schemaScript() async throws(DatabaseError) -> String
}

extension Driver {
    public func openLook() async throws(DatabaseError) -> Session { try await openSession() }
    public var looksAreKeptFor: Duration? { nil }
}

/// A database's address without secrets.
public struct DatabaseTarget: Hashable, Sendable {
    /// PostgreSQL: the database's name; SQLite: the file's name.
    public var name: String
    /// PostgreSQL: `host:port` (or the socket's folder); SQLite: the file's path as it was given.
    public var location: String

    public init(name: String, location: String) {
        self.name = name
        self.location = location
    }
}

/// What a server says of itself.
public struct ServerFacts: Hashable, Sendable {
    /// `PostgreSQL 15.8`, `SQLite 3.40.1`.
    public var product: String
    public var user: String
    /// Why nothing can be written (`hot standby`, `read-only file`); `nil` where writing works.
    public var readOnlyReason: String?

    public init(product: String, user: String, readOnlyReason: String?) {
        self.product = product
        self.user = user
        self.readOnlyReason = readOnlyReason
    }
}

/// Who holds a lock that somebody waits for, as far as the database tells.
public struct LockHolder: Hashable, Sendable {
    public var processID: Int64?
    public var user: String?
    /// PostgreSQL's `application_name`; SQLite: what the lock file says.
    public var application: String?
    /// `active`, `idle in transaction` …
    public var state: String?
    /// How long it has been in that state.
    public var since: Duration?

    public init(
        processID: Int64? = nil, user: String? = nil, application: String? = nil,
        state: String? = nil, since: Duration? = nil
    ) {
        self.processID = processID
        self.user = user
        self.application = application
        self.state = state
        self.since = since
    }
}
