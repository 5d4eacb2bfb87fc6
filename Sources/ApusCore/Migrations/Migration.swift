/// One `.sql` file, parsed and checked: an up section, mostly a down section, and what its
/// directives declare.
///
/// It never changes, and thousands of them are handed about: as a reference, so that none is copied.
public final class Migration: Sendable {
    public let id: MigrationID
    public let source: MigrationSource
    public let up: Script
    /// `nil` where the migration is declared irreversible.
    public let down: Script?
    /// The reason given with `-- apus: irreversible REASON`.
    public let irreversibleReason: String?
    public let dependencies: Dependencies
    /// The lowest application version that can run on the database once this is applied.
    public let minimumApplication: SemanticVersion?
    /// The data migrations that have to be complete before this one; `nil`: it does not ask.
    public let requiresComplete: Dependencies?
    /// `-- apus: allow RULE REASON`, for lint.
    public let allowances: [Allowance]
    /// Every other directive of the file, in its order.
    public let directives: [PlacedDirective]
    /// SHA-256 of the file's bytes without a leading BOM and with LF line endings.
    public let checksum: Checksum

    public init(
        id: MigrationID, source: MigrationSource, up: Script, down: Script?,
        irreversibleReason: String? = nil, dependencies: Dependencies = .allBefore,
        minimumApplication: SemanticVersion? = nil, requiresComplete: Dependencies? = nil,
        allowances: [Allowance] = [],
        directives: [PlacedDirective] = [],
        checksum: Checksum
    ) {
        self.id = id
        self.source = source
        self.up = up
        self.down = down
        self.irreversibleReason = irreversibleReason
        self.dependencies = dependencies
        self.minimumApplication = minimumApplication
        self.requiresComplete = requiresComplete
        self.allowances = allowances
        self.directives = directives
        self.checksum = checksum
    }

    /// What a migration needs to have been applied before it.
    public enum Dependencies: Hashable, Sendable {
        /// No `depends-on`: everything that sorts before it.
        case allBefore
        /// `depends-on none` is an empty list.
        case declared([Reference])
    }

    /// A dependency as the file writes it: a whole id, or `VERSION/NAME`.
    public struct Reference: Hashable, Sendable {
        public var text: String
        public var location: SourceLocation

        public init(text: String, location: SourceLocation) {
            self.text = text
            self.location = location
        }

        /// Whether the reference means that migration.
        public func matches(_ id: MigrationID) -> Bool { Self.names(of: id).contains(text) }

        /// How a reference may name a migration.
        static func names(of id: MigrationID) -> [String] {
            [id.description, id.reference]
        }
    }

    /// A lint rule that may object without effect, with the reason that the file gives.
    public struct Allowance: Hashable, Sendable {
        /// What an allowance covers.
        public enum Scope: Hashable, Sendable {
            /// It stands in the header.
            case migration
            /// It stands in the section's head.
            case section(Direction)
            /// It stands right above the statement that begins at that byte.
            case statement(Direction, at: Int)
        }

        public var rule: String
        public var reason: String
        public var scope: Scope
        /// The bytes of its line.
        public var range: Range<Int>
        public var location: SourceLocation

        public init(
            rule: String, reason: String, scope: Scope, range: Range<Int>,
            location: SourceLocation
        ) {
            self.rule = rule
            self.reason = reason
            self.scope = scope
            self.range = range
            self.location = location
        }
    }
}
