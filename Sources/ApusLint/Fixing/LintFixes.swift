public import ApusCore

/// What `lint --fix` would write into one folder: a value, of which nothing has been done.
public struct LintFixes: Sendable {
    /// A file that changes, or that is new.
    public struct File: Hashable, Sendable {
        public var id: MigrationID
        public var bytes: [UInt8]
    }

    /// One file with the migrations that are split from it.
    public struct Rewrite: Sendable {
        /// As it was read.
        public var migration: Migration
        public var file: File
        /// In their order, directly behind it.
        public var added: [File]
        public var fixed: [Finding]
    }

    /// A finding whose rule knows a rewrite that is not possible here.
    public struct Unfixed: Hashable, Sendable {
        public var finding: Finding
        /// One sentence without a final full stop.
        public var reason: String
    }

    public var rewrites: [Rewrite] = []
    public var unfixed: [Unfixed] = []

    public init() {}
}

extension Lint {
    /// Decides how the findings of level warning or error are rewritten whose rules know how.
    ///
    /// Each rewrite has been parsed and looked at again: where a rule would still object, it is not among
    /// them.
    ///
    /// - Parameters:
    ///   - migrations: Of one folder, in order.
    ///   - taken: The ids of files that are there and could not be read.
    ///   - untouchable: Migrations that must stay as they are, with the reason.
    public func fixes(
        for migrations: [Migration], taken: Set<MigrationID> = [],
        untouchable: [MigrationID: String] = [:]
    ) -> LintFixes {
        var fixes = LintFixes()
        var folder = migrations
        for (migration, proposals) in proposals(on: migrations) {
            var attempt = FixAttempt(migration, proposals, in: folder, taken: taken, lint: self)
            if let reason = untouchable[migration.id] {
                attempt.refuseAll(FixRefusal(reason))
            } else if let rewrite = attempt.run() {
                fixes.rewrites.append(rewrite)
                folder = attempt.folder
            }
            fixes.unfixed += attempt.unfixed
        }
        return fixes
    }
}
