import ApusCore

/// What the statements read so far say of the schema.
///
/// It is no more than that: a table made by hand or by a program is not in it. What is missing is not
/// known, and never taken to be absent.
struct KnownSchema: Sendable {
    var tables = Named<Table>()
    var indexes = Named<Index>()
    var enums = Named<Enum>()
    var views = Named<View>()
    var domains = Named<Domain>()

    init() {}

    /// From here on it is known what is written.
    mutating func forgetWritten() {
        tables.forgetWritten()
        indexes.forgetWritten()
        enums.forgetWritten()
        views.forgetWritten()
        domains.forgetWritten()
    }

    mutating func removeIndexes(of table: ObjectName) {
        indexes.removeAll { $1.table == table }
    }

    /// Which statement of which migration made something.
    struct Birth: Hashable, Sendable {
        var migration: MigrationID
        var direction: Direction
        /// From 0, in its section.
        var statement: Int
    }

    struct Table: Sendable {
        var birth: Birth
        /// By name; those of a table that was made by `CREATE TABLE … AS` are not known.
        var columns: [String: Column] = [:]
        var constraints: [Constraint] = []
        var isPartitioned = false
        /// Whether SQLite never gives out an id of it twice.
        var isAutoincrement = false
        /// False for a materialised view that no statement has filled yet.
        var isFilled = true
        /// The tables that it is a partition of, or inherits from.
        var parents: [ObjectName] = []
        /// Whether it is the partition of what belongs to no other.
        var isDefaultPartition = false
        var triggers: Set<String> = []
        /// What a materialised view's query reads.
        var reads: [ObjectName]?
        /// Whether that query calls a function that may do anything.
        var callsUnknownFunction = false
    }

    struct View: Sendable {
        var birth: Birth
        /// The tables and views in its query.
        var reads: [ObjectName]
    }

    struct Domain: Sendable {
        /// Whether a value must be looked at before it is taken.
        var hasConstraints: Bool
    }

    struct Column: Sendable {
        var birth: Birth
        var type: ColumnType?
        var isNotNull = false
    }

    struct Constraint: Sendable {
        enum Kind: Sendable { case check, foreignKey, primaryKey, unique, exclusion }

        var birth: Birth
        var kind: Kind
        /// `nil` where the server chooses the name.
        var name: String?
        var isValidated: Bool
        /// Its own columns; of a check, the one that it says is not null.
        var columns: [String]
        /// The table that a foreign key refers to.
        var referenced: ObjectName?
        /// The columns there; empty where none are written: its primary key.
        var referencedColumns: [String] = []
    }

    struct Index: Sendable {
        var birth: Birth
        var table: ObjectName
        var isUnique: Bool
        /// The leading columns up to the first expression.
        var columns: [String]
        /// Whether every row is in it, and it is made of columns alone.
        var isPlain = false
        /// Whether its statement left the name to the server.
        var isNamedByServer = false
    }

    struct Enum: Sendable {
        /// `nil` where only its values were added here.
        var birth: Birth?
        /// Those added by `ALTER TYPE … ADD VALUE`.
        var added: [String: Birth] = [:]
    }
}
