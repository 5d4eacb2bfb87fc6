public import ApusCore
public import SystemPackage

/// Makes databases that exist for one rehearsal, and removes what dead rehearsals left.
///
/// Whoever makes one holds a lock of its own for as long as it is needed, taken before there is
/// anything to remove: a database of a rehearsal's name whose lock is free has lost its owner.
public protocol RehearsalHost: Sendable {
    /// Removes every database of an earlier rehearsal whose owner is surely dead; their names.
    func clear() async throws(DatabaseError) -> [String]

    /// Makes an empty database that says of itself what it is.
    ///
    /// - Parameter properties: What it is to have as a whole, as a backup's manifest tells it; `nil`:
    ///   what the database has that is rehearsed for, where there is one.
    ///
    /// Throws `insufficientPrivilege` where databases may not be made here.
    func make(
        _ mark: RehearsalMark, like properties: [DatabaseProperty]?
    ) async throws(DatabaseError) -> any EphemeralDatabase
}

/// A database that is made for a rehearsal and removed with it.
public protocol EphemeralDatabase: Sendable {
    /// Opens it like any other.
    var driver: any Driver { get }

    /// Where it is, in a few words for people: `a database of its own on the same server`.
    var place: String { get }

    /// What it could not be given of what it was to have.
    var warnings: [Diagnostic] { get }

    /// Loads a backup into it; as ``RestoreTarget/load(from:_:progress:)``.
    func load(
        from path: FilePath, _ options: RestoreLoading,
        progress: @escaping @Sendable (Int64) -> Void
    ) async throws(DatabaseError)

    /// Looks whether it is still this process's own. Throws `lockLost` or `connectionLost`.
    func confirm() async throws(DatabaseError)

    /// What every table holds, without Apus's own, by name.
    func tables() async throws(DatabaseError) -> [TableContents]

    /// Runs statements in one transaction, byte for byte.
    func perform(
        _ statements: [Statement], of source: MigrationSource
    ) async throws(TestFailure)

    /// Runs one query in a transaction that can write nothing, and gives back its first rows.
    func rows(
        of query: Statement, in source: MigrationSource, limit: Int
    ) async throws(TestFailure) -> QueryRows

    /// Removes it, whatever it holds and whoever is connected.
    func remove() async throws(DatabaseError)
}

/// Where a database for a rehearsal is to be made.
public enum RehearsalPlace: Hashable, Sendable {
    /// Beside the database; where the right for that is missing, in a private server if there can be
    /// one.
    case beside
    /// In a server that is started for it and ended with it.
    case privateServer
}

/// What a rehearsal's database says of itself, so that a person who finds it knows what it is.
public struct RehearsalMark: Hashable, Sendable {
    /// Twelve hexadecimal digits: the rehearsal's own number.
    public var id: String
    /// `2025-01-15T10:30:00Z`
    public var begunAt: String
    /// `ana@laptop`
    public var begunBy: String

    public init(id: String, begunAt: String, begunBy: String) {
        self.id = id
        self.begunAt = begunAt
        self.begunBy = begunBy
    }

    /// A mark with a number that nobody else has.
    static func new(at now: Timestamp, by person: String) -> RehearsalMark {
        let digits = String(UInt64.random(in: 0..<1 << 48), radix: 16)
        return RehearsalMark(
            id: String(repeating: "0", count: 12 - digits.count) + digits, begunAt: now.isoText,
            begunBy: person)
    }
}

/// The first rows that a query returned.
public struct QueryRows: Hashable, Sendable {
    public var columns: [String]
    /// As text; `nil` is NULL.
    public var first: [[String?]]
    /// How many there are in all.
    public var count: Int

    public init(columns: [String], first: [[String?]], count: Int) {
        self.columns = columns
        self.first = first
        self.count = count
    }
}

/// A statement of a test file that the database refused.
public struct TestFailure: Error, Hashable, Sendable {
    public var error: DatabaseError
    /// `nil` where none is at fault.
    public var statement: Statement?

    public init(_ error: DatabaseError, at statement: Statement? = nil) {
        self.error = error
        self.statement = statement
    }
}
