public import ApusCore

/// Predicts the locks of sections of migrations, in the order in which they run.
public struct LockForecast: Sendable {
    /// One section.
    private struct Section: Hashable, Sendable {
        var migration: MigrationID
        var direction: Direction
    }

    private var schema = KnownSchema()
    private let serverVersion: Int
    private var foreseen: Set<Section> = []

    /// - Parameters:
    ///   - applied: The migrations that have run, in order: what they made is known.
    ///   - serverVersion: The server's major version (`15`).
    public init(after applied: [Migration] = [], on serverVersion: Int) {
        self.serverVersion = serverVersion
        for migration in applied {
            migration.up.forEachStatement(in: migration.source) { index, statement in
                guard let node = Self.node(of: statement, migration.up, in: migration.source)
                else { return }
                schema.take(
                    node,
                    KnownSchema.Birth(
                        migration: migration.id, direction: .up, statement: index))
            }
        }
    }

    /// The locks of each statement of a section that runs next.
    ///
    /// Locks on tables and views that a section of this forecast made are left out: nobody uses them yet.
    public mutating func take(
        _ script: Script, of id: MigrationID, _ direction: Direction, in source: MigrationSource
    ) -> [PredictedLocks] {
        foreseen.insert(Section(migration: id, direction: direction))
        var all: [PredictedLocks] = []
        script.forEachStatement(in: source) { index, statement in
            guard let node = Self.node(of: statement, script, in: source) else {
                all.append(PredictedLocks(locks: [], isComplete: false))
                return
            }
            var locks = LockPrediction.of(node, before: schema, on: serverVersion)
            locks.locks.removeAll(where: isNew)
            all.append(locks)
            schema.take(
                node, KnownSchema.Birth(migration: id, direction: direction, statement: index))
        }
        return all
    }

    private func isNew(_ lock: PredictedLock) -> Bool {
        let name = ObjectName(schema: lock.schema, lock.name)
        guard let birth = schema.tables[name]?.birth ?? schema.views[name]?.birth else {
            return false
        }
        return foreseen.contains(
            Section(migration: birth.migration, direction: birth.direction))
    }

    private static func node(
        of statement: Statement, _ script: Script, in source: MigrationSource
    ) -> SyntaxNode? {
        guard case .tree(let tree) = PostgresGrammar.parse(statement, of: script, in: source) else {
            return nil
        }
        return tree.statement
    }
}
