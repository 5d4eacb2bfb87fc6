/// The schema of a database at one moment, as flat objects.
///
/// It does not depend on how the database came to be: no internal numbers, columns by rank. A
/// database that was dumped and restored, or migrated up, down and up again, gives an equal
/// snapshot. Apus's own tables are not part of it.
public struct SchemaSnapshot: Sendable {
    /// The version of what is read and of how it is written down. Snapshots of different formats
    /// cannot be compared.
    public static let currentFormat = 1

    public let format: Int
    public let engine: DatabaseEngine
    /// The server as it calls itself: `PostgreSQL 15.8`, `SQLite 3.40.1`.
    public let server: String
    /// By name, then kind.
    public let objects: [SchemaObject]
    /// SHA-256 of ``canonicalText``: equal for equal objects, whatever the server's version.
    public let digest: Checksum

    /// Takes the objects in any order.
    public init(engine: DatabaseEngine, server: String, objects: [SchemaObject]) {
        self.init(
            format: Self.currentFormat, engine: engine, server: server,
            sorted: objects.sorted { $0.precedes($1) })
    }

    init(format: Int, engine: DatabaseEngine, server: String, sorted objects: [SchemaObject]) {
        self.format = format
        self.engine = engine
        self.server = server
        self.objects = objects
        digest = Checksum(of: Self.canonicalText(format, engine, objects))
    }

    /// `PostgreSQL 15` of `PostgreSQL 15.8`: servers that agree in it write texts alike.
    public var serverRelease: String {
        String(server.prefix { $0 != "." })
    }
}

extension SchemaSnapshot: Hashable {
    /// Whether both hold the same objects; the server may have been updated in between.
    public static func == (left: Self, right: Self) -> Bool { left.digest == right.digest }

    public func hash(into hasher: inout Hasher) { hasher.combine(digest) }
}
