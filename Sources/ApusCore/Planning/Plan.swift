/// Which way a migration is taken.
public enum Direction: String, Hashable, Sendable, CaseIterable {
    case up, down
}

/// What is wanted.
public enum Goal: Hashable, Sendable {
    /// Everything pending.
    case latest
    /// What is pending up to and including that version.
    case upTo(SemanticVersion)
    /// That version's migrations undone; with `cascade`, also what depends on them.
    case undo(SemanticVersion, cascade: Bool)
    /// Everything above that version undone. `nil` undoes everything.
    case downTo(SemanticVersion?)
    /// The last `count` applied migrations undone.
    case undoLast(Int)
    /// What is pending up to that version recorded as applied, without running it.
    case baseline(SemanticVersion)
    /// The edit of an applied file accepted: the history takes the file's text and checksums.
    case acceptEdit(MigrationID)
    /// One migration recorded as applied, without running it.
    case markApplied(MigrationID)
    /// One migration recorded as not applied, without running anything.
    case markReverted(MigrationID)
    /// What was begun and has no end is finished: steps without a transaction, and runs.
    case resume
}

/// One migration in one direction inside a plan.
public struct Step: Sendable {
    public enum Action: String, Hashable, Sendable {
        /// The script is run.
        case run
        /// Nothing is run. Up: the history row is written; down: it is removed.
        case record
        /// Nothing is run. The history row takes everything that the file determines from the step's
        /// record, and keeps when, by whom and in which run it was applied.
        case accept
        /// Nothing is run. What is unfinished of an applied migration is closed; its row stays.
        case settle
    }

    /// Where a step's text comes from.
    public enum Origin: String, Hashable, Sendable {
        case file, stored
    }

    public var id: MigrationID
    public var direction: Direction
    public var action: Action
    public var origin: Origin
    public var script: Script
    public var source: MigrationSource
    /// What the history row of an up step holds; `nil` for a down step, and for `settle`.
    public var record: Record?
    /// The first statement to run: above 0 when an unfinished step is resumed.
    public var firstStatement: Int
    /// Whether batches of what is undone may be worked on, so that they have to be stopped first.
    public var stopsBatches = false
    /// The statement that a script is held before, for somebody else to go on with; `nil`: none.
    public var heldBefore: Int?
    /// What was spent on the step before this part of it.
    public var elapsedBefore = Duration.zero
    /// Whether what the up section has in batches is left to somebody in the background.
    public var leavesBatches = false
    /// The unfinished step that this one continues (same direction) or takes back (a down step for
    /// an unfinished up step, which has no history row). Its journal row is closed as settled in
    /// the transaction that writes this step's first row.
    public var settles: UnfinishedStep?

    public init(
        id: MigrationID, direction: Direction, action: Action = .run, origin: Origin,
        script: Script, source: MigrationSource, record: Record? = nil, firstStatement: Int = 0,
        settles: UnfinishedStep? = nil
    ) {
        self.id = id
        self.direction = direction
        self.action = action
        self.origin = origin
        self.script = script
        self.source = source
        self.record = record
        self.firstStatement = firstStatement
        self.settles = settles
    }

    /// The part of a history row that is known before the step runs.
    public struct Record: Hashable, Sendable {
        public var checksum: Checksum
        public var upMeaning: Checksum
        public var downMeaning: Checksum?
        public var text: StoredText?
        /// Resolved ids; `nil` means all before it.
        public var dependencies: [MigrationID]?
        public var minimumApplication: SemanticVersion?
        public var irreversibleReason: String?

        public init(
            checksum: Checksum, upMeaning: Checksum, downMeaning: Checksum?, text: StoredText?,
            dependencies: [MigrationID]?, minimumApplication: SemanticVersion?,
            irreversibleReason: String?
        ) {
            self.checksum = checksum
            self.upMeaning = upMeaning
            self.downMeaning = downMeaning
            self.text = text
            self.dependencies = dependencies
            self.minimumApplication = minimumApplication
            self.irreversibleReason = irreversibleReason
        }
    }
}

/// The ordered steps that lead from a history to a goal: a pure value, the same for the same input.
public struct Plan: Sendable {
    public var goal: Goal
    public var steps: [Step]
    /// The database version before the first step; `nil` for an empty database.
    public var from: SemanticVersion?
    /// The database version behind the last step; `nil` when everything is undone.
    public var to: SemanticVersion?
    /// The versions that the upgrade path visits, `to` included; empty for a rollback.
    public var path: [SemanticVersion]
    /// Where a required stop ends this plan before its goal.
    public var stop: SemanticVersion?
    /// Breaking changes of the releases that the plan crosses.
    public var breakingChanges: [BreakingChange]
    /// Pending migrations that the plan leaves for another run.
    public var remaining: [MigrationID]
    /// Runs that never ended, where closing them is what the plan is for.
    public var closes: [RunID]
    public var warnings: [Diagnostic]

    public init(
        goal: Goal, steps: [Step] = [], from: SemanticVersion?, to: SemanticVersion?,
        path: [SemanticVersion] = [], stop: SemanticVersion? = nil,
        breakingChanges: [BreakingChange] = [], remaining: [MigrationID] = [],
        closes: [RunID] = [], warnings: [Diagnostic] = []
    ) {
        self.goal = goal
        self.steps = steps
        self.from = from
        self.to = to
        self.path = path
        self.stop = stop
        self.breakingChanges = breakingChanges
        self.remaining = remaining
        self.closes = closes
        self.warnings = warnings
    }

    public var isEmpty: Bool { steps.isEmpty }

    /// Whether performing the plan would write nothing. A baseline without migrations begins a history
    /// all the same, unless that baseline is there.
    public var changesNothing: Bool {
        if case .baseline = goal, from == nil { return false }
        return steps.isEmpty && closes.isEmpty
    }

    /// Identifies exactly this plan: the same steps from the same state.
    ///
    /// Covers the version the database starts from and, of each step, what it does, how it is run
    /// and what it leaves in the history; not comments, nor where a file lies (FORMATS.md, "plan
    /// digest").
    public var digest: Checksum {
        Checksum(
            of: "apus-plan 1\nfrom \(from.map(\.description) ?? "-")\n"
                + steps.map(\.digestLines).joined())
    }
}

extension Step {
    /// Identifies what the step does, wherever in a plan it stands.
    package var digest: Checksum { Checksum(of: digestLines) }

    /// One line for what is run, one for how, and for an up step one for what is recorded.
    fileprivate var digestLines: String {
        func value(_ value: (some CustomStringConvertible)?) -> String {
            value.map(\.description) ?? "-"
        }
        func limit(_ limit: Duration?) -> String {
            limit.map { String(Int64($0 / .milliseconds(1))) } ?? "-"
        }
        var text = "\(direction.rawValue) \(action.rawValue) \(id)"
        text += " \(origin.rawValue) \(script.meaning) \(firstStatement)\n"
        text += "\(script.transaction.rawValue) \(limit(script.lockTimeout))"
        text += " \(limit(script.statementTimeout)) \(value(settles?.direction.rawValue))\n"
        if let record {
            let dependencies = record.dependencies.map {
                $0.map(\.description).joined(separator: ",")
            }
            text += "\(value(record.downMeaning)) \(dependencies ?? "-")"
            text += " \(value(record.minimumApplication)) \(value(record.irreversibleReason))\n"
        }
        return text
    }
}
