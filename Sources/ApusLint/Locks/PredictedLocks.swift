public import ApusCore

/// The locks that a statement will take on tables and views, as far as its grammar and what is known of
/// the schema tell.
public struct PredictedLocks: Hashable, Sendable {
    /// One for each table or view, with the strongest mode that the statement takes on it. Those on
    /// what the statement itself makes are left out: nobody else can wait for them.
    public var locks: [PredictedLock]
    /// Whether these are all. A function may lock whatever it likes, rows decide what a trigger or a
    /// foreign key locks, and what the migrations do not tell of cannot be known.
    public var isComplete: Bool

    public init(locks: [PredictedLock], isComplete: Bool) {
        self.locks = locks
        self.isComplete = isComplete
    }
}

/// The strongest lock of one statement on one table or view.
public struct PredictedLock: Hashable, Sendable {
    /// `nil` for `public`, and where none is written.
    public var schema: String?
    public var name: String
    public var mode: TableLockMode
    /// Whether the table has a new file afterwards: its rows are written anew, or all left out.
    /// `nil`: that depends on what is not known here.
    public var isRewritten: Bool?
    /// Whether all rows are read by walking through the table. `nil`: that depends on what is not known
    /// here, such as the planner's choice.
    public var isScanned: Bool?

    public init(
        schema: String?, name: String, mode: TableLockMode, isRewritten: Bool?, isScanned: Bool?
    ) {
        self.schema = schema
        self.name = name
        self.mode = mode
        self.isRewritten = isRewritten
        self.isScanned = isScanned
    }

    /// `guests`, `archive.guests`
    public var table: String { schema.map { "\($0).\(name)" } ?? name }

    mutating func merge(_ mode: TableLockMode, _ work: TableWork) {
        self.mode = max(self.mode, mode)
        isRewritten = TableWork.either(isRewritten, work.rewrites)
        isScanned = TableWork.either(isScanned, work.scans)
    }
}

/// What a statement does to all the rows of a table; `nil` is unknown.
struct TableWork {
    var rewrites: Bool?
    var scans: Bool?

    static let none = TableWork(rewrites: false, scans: false)
    static let scan = TableWork(rewrites: false, scans: true)
    static let rewrite = TableWork(rewrites: true, scans: true)
    static let perhapsScan = TableWork(rewrites: false, scans: nil)
    static let perhapsRewrite = TableWork(rewrites: nil, scans: nil)

    static func either(_ one: Bool?, _ other: Bool?) -> Bool? {
        if one == true || other == true { return true }
        return one == nil || other == nil ? nil : false
    }

    static func + (one: TableWork, other: TableWork) -> TableWork {
        TableWork(
            rewrites: either(one.rewrites, other.rewrites), scans: either(one.scans, other.scans))
    }
}
