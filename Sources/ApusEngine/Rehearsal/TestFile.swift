public import ApusCore

/// What a user asserts about one version: `tests/VERSION_name.sql` (FORMATS.md, "Test files").
///
///     -- Fixture
///     INSERT INTO guests (name) VALUES ('Ana');
///
///     -- Assert every guest has a name
///     SELECT * FROM guests WHERE name IS NULL;
public struct TestFile: Sendable {
    public var version: SemanticVersion
    /// What stands behind the version in the file's name.
    public var name: String
    public var source: MigrationSource
    /// Run before the version's first migration.
    public var fixture: [Statement]
    public var assertions: [Assertion]

    /// A query that must return no rows once the version's last migration is applied.
    public struct Assertion: Hashable, Sendable {
        public var name: String
        public var query: Statement

        public init(name: String, query: Statement) {
            self.name = name
            self.query = query
        }
    }

    public init(
        version: SemanticVersion, name: String, source: MigrationSource,
        fixture: [Statement] = [], assertions: [Assertion] = []
    ) {
        self.version = version
        self.name = name
        self.source = source
        self.fixture = fixture
        self.assertions = assertions
    }

    /// The version and the name in `1.2.0_guests_keep_their_rooms.sql`; `nil` for another form.
    static func parts(of fileName: String) -> (version: SemanticVersion, name: String)? {
        guard fileName.hasSuffix(".sql"),
            let underscore = fileName.firstIndex(of: "_"),
            let version = SemanticVersion(String(fileName[..<underscore]))
        else { return nil }
        let name = fileName[fileName.index(after: underscore)...].dropLast(4)
        return name.isEmpty ? nil : (version, String(name))
    }
}
