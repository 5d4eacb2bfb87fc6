import ApusCore
public import ApusEngine
import SystemPackage

/// Makes databases in memory for rehearsals.
public struct InMemoryRehearsals: RehearsalHost {
    let driver: InMemoryDriver
    let server: InMemoryServer

    public func clear() async throws(DatabaseError) -> [String] {
        server.names.filter { name in
            let isDead = server.database(name).read { content in
                content.rehearsing.map { !$0.owner.isAlive } ?? false
            }
            if isDead { server.remove(name) }
            return isDead
        }
    }

    public func make(
        _ mark: RehearsalMark, like properties: [DatabaseProperty]?
    ) async throws(DatabaseError) -> any EphemeralDatabase {
        let name = "rehearsal_\(mark.id)"
        let token = InMemoryOwner.Token()
        server.database(name).change { $0.rehearsing = (mark, InMemoryOwner(token)) }
        return InMemoryRehearsal(
            database: try driver.named(name), server: server, name: name, token: token)
    }
}

/// Who a rehearsal's database belongs to; dead once nobody keeps the token.
struct InMemoryOwner: Sendable {
    final class Token: Sendable {}

    /// `@unchecked Sendable` because a weak reference is only read, which is atomic.
    private final class Reference: @unchecked Sendable {
        weak var token: Token?
    }

    private let reference = Reference()

    init(_ token: Token) { reference.token = token }

    var isAlive: Bool { reference.token != nil }
}

/// A database in memory that is there for one rehearsal. It knows no data.
struct InMemoryRehearsal: EphemeralDatabase {
    let database: InMemoryDriver
    let server: InMemoryServer
    let name: String
    /// Kept for as long as the rehearsal lives.
    let token: InMemoryOwner.Token

    var driver: any Driver { database }
    var place: String { "a database in memory" }
    var warnings: [Diagnostic] { [] }

    func load(
        from path: FilePath, _ options: RestoreLoading,
        progress: @escaping @Sendable (Int64) -> Void
    ) async throws(DatabaseError) {
        try await database.restoreTarget.load(from: path, options, progress: progress)
    }

    func confirm() async throws(DatabaseError) {
        guard server.names.contains(name) else {
            throw DatabaseError(.lockLost, "\(name) was removed")
        }
    }

    func tables() async throws(DatabaseError) -> [TableContents] {
        server.database(name).read(\.tables).map {
            TableContents(name: $0, rows: 0, columns: [:], together: "")
        }
    }

    func perform(_ statements: [Statement], of source: MigrationSource) async throws(TestFailure) {
        server.database(name).change { content in
            content.statements += statements.map { source.text($0.range) }
        }
    }

    func rows(
        of query: Statement, in source: MigrationSource, limit: Int
    ) async throws(TestFailure) -> QueryRows {
        QueryRows(columns: [], first: [], count: 0)
    }

    func remove() async throws(DatabaseError) { server.remove(name) }
}

extension InMemorySession {
    public func recordRehearsal(_ rehearsal: RehearsalRecord) async throws(DatabaseError) {
        store.change { $0.rehearsals.insert(rehearsal, at: 0) }
    }

    public func rehearsals() async throws(DatabaseError) -> [RehearsalRecord] {
        store.read(\.rehearsals)
    }
}
