/// What the database says has happened to it.
public struct History: Equatable, Sendable {
    public var registry: Registry
    /// In the order in which they were applied.
    public var applied: [AppliedMigration]
    /// Non-transactional steps that stopped midway, oldest first; at most one in practice.
    public var unfinished: [UnfinishedStep]
    /// Data migrations that were begun and are not complete, in the order of their beginning.
    public var incomplete: [DataMigrationProgress]
    /// Runs without an end: one that goes on now, and those whose process went away.
    public var openRuns: [RunID]

    public init(
        registry: Registry, applied: [AppliedMigration] = [], unfinished: [UnfinishedStep] = [],
        openRuns: [RunID] = [], incomplete: [DataMigrationProgress] = []
    ) {
        self.registry = registry
        self.applied = applied
        self.unfinished = unfinished
        self.openRuns = openRuns
        self.incomplete = incomplete
    }

    /// The state of Apus's own tables.
    public enum Registry: Hashable, Sendable {
        /// There is no registry; `userTables` counts the tables that are there all the same.
        case absent(userTables: Int)
        case present(version: Int)
    }

    /// The lowest application version that the database still serves: the highest floor of all that
    /// is applied; `nil` where nothing declares one.
    public var minimumApplication: SemanticVersion? {
        applied.compactMap(\.minimumApplication).max()
    }

    /// Migrations that stopped on their way up: begun, and not in the history. Of one that stopped
    /// several times, the last attempt.
    public var halfApplied: [UnfinishedStep] {
        // Mostly there is none, and a history may be long.
        if unfinished.isEmpty { return [] }
        let applied = Set(applied.map(\.id))
        return latest(unfinished.filter { $0.direction == .up && !applied.contains($0.id) })
    }

    /// Migrations whose undoing stopped midway: they are still in the history, or were never
    /// finished on their way up.
    public var halfUndone: [UnfinishedStep] {
        if unfinished.isEmpty { return [] }
        let known = Set(applied.map(\.id)).union(halfApplied.map(\.id))
        return latest(unfinished.filter { $0.direction == .down && known.contains($0.id) })
    }

    private func latest(_ steps: [UnfinishedStep]) -> [UnfinishedStep] {
        let last = Dictionary(steps.map { ($0.id, $0) }) { _, later in later }
        var seen: Set<MigrationID> = []
        return steps.compactMap { seen.insert($0.id).inserted ? last[$0.id] : nil }
    }
}

/// A row of the history: one migration that the database has.
public struct AppliedMigration: Hashable, Sendable {
    public var id: MigrationID
    public var checksum: Checksum
    public var upMeaning: Checksum
    public var downMeaning: Checksum?
    /// The file's bytes as they ran. `nil` for a baseline without a file.
    public var text: StoredText?
    /// The ids it depends on, resolved when it was applied; `nil` means all before it.
    public var dependencies: [MigrationID]?
    public var minimumApplication: SemanticVersion?
    public var irreversibleReason: String?
    public var appliedAt: Timestamp
    /// The database user, and the operating system's where it is known.
    public var appliedBy: String
    public var duration: Duration
    public var run: RunID
    /// Recorded by `baseline` instead of run.
    public var isBaseline: Bool
    /// The digest of the schema that it left, all before it being applied; `nil` where none was
    /// taken, or where something before it was undone since.
    public var schemaDigest: Checksum?

    public init(
        id: MigrationID, checksum: Checksum, upMeaning: Checksum, downMeaning: Checksum?,
        text: StoredText?, dependencies: [MigrationID]?, minimumApplication: SemanticVersion?,
        irreversibleReason: String?, appliedAt: Timestamp, appliedBy: String, duration: Duration,
        run: RunID, isBaseline: Bool, schemaDigest: Checksum? = nil
    ) {
        self.id = id
        self.checksum = checksum
        self.upMeaning = upMeaning
        self.downMeaning = downMeaning
        self.text = text
        self.dependencies = dependencies
        self.minimumApplication = minimumApplication
        self.irreversibleReason = irreversibleReason
        self.appliedAt = appliedAt
        self.appliedBy = appliedBy
        self.duration = duration
        self.run = run
        self.isBaseline = isBaseline
        self.schemaDigest = schemaDigest
    }
}

/// The text of a migration as the history keeps it.
public enum StoredText: Hashable, Sendable {
    /// The whole file, byte for byte (up to 1 MiB).
    case whole([UInt8])
    /// Only the down section's bytes, because the file is larger than 1 MiB, and how it is run.
    case down([UInt8], transaction: Script.Transaction)
    /// The history keeps a text, and it was not asked for.
    case unread

    /// The largest file that is kept whole.
    public static let limit = 1 << 20
}

/// A non-transactional step that started and has no end: what a crash or an error left.
public struct UnfinishedStep: Hashable, Sendable {
    public var id: MigrationID
    public var direction: Direction
    public var run: RunID
    /// How many statements are known to be complete; the next one may or may not have taken effect.
    public var statementsDone: Int
    public var statementCount: Int
    /// The meaning of the section that was being run.
    public var meaning: Checksum
    public var startedAt: Timestamp

    public init(
        id: MigrationID, direction: Direction, run: RunID, statementsDone: Int,
        statementCount: Int, meaning: Checksum, startedAt: Timestamp
    ) {
        self.id = id
        self.direction = direction
        self.run = run
        self.statementsDone = statementsDone
        self.statementCount = statementCount
        self.meaning = meaning
        self.startedAt = startedAt
    }
}

/// The number of a run: 1 for the first on a database.
public struct RunID: Hashable, Comparable, Sendable, CustomStringConvertible {
    public var number: Int64

    public init(_ number: Int64) {
        self.number = number
    }

    public var description: String { String(number) }

    public static func < (left: Self, right: Self) -> Bool { left.number < right.number }
}
