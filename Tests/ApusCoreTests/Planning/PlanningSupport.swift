import ApusCore
import Testing

/// A migration made from a few words: `1.2.0 languages`, and lines for its header and sections.
func migration(
    _ title: String, day: Int = 1, _ directives: String..., up: String? = nil, down: String? = nil
) throws -> Migration {
    let words = title.split(separator: " ")
    let date = day < 10 ? "0\(day)" : "\(day)"
    let stem = "202501\(date)_000000_\(words[0])_\(words[1])"
    let table = words[1]
    let lines =
        directives.map { "-- apus: \($0)" } + [
            "-- Up Migration", up ?? "CREATE TABLE \(table) (a int);",
            "-- Down Migration (Rollback)",
            down
                ?? (directives.contains { $0.hasPrefix("irreversible") }
                    ? "" : "DROP TABLE \(table);"),
        ]
    return try MigrationParser(dialect: .postgres).parse(
        source: MigrationSource(
            path: "\(stem).sql", bytes: Array((lines.joined(separator: "\n") + "\n").utf8)),
        fileName: "\(stem).sql")
}

/// A folder, a history and a catalogue, and what planning makes of them.
struct Bench {
    var migrations: [Migration]
    var database = SimulatedDatabase()
    var catalogue = Catalogue.empty
    var options = PlanInput.Options()

    init(_ migrations: Migration...) { self.migrations = migrations }
    init(_ migrations: [Migration]) { self.migrations = migrations }

    /// With migrations applied in the order given; their files need not be in the folder.
    func applied(_ migrations: Migration...) -> Bench {
        var bench = self
        for migration in migrations { bench.database.apply(migration) }
        return bench
    }

    /// With a step that stopped midway.
    func unfinished(
        _ migration: Migration, _ direction: Direction = .up, done: Int, of count: Int = 3,
        meaning: Checksum? = nil, run: Int64 = 7
    ) -> Bench {
        var bench = self
        let script = direction == .up ? migration.up : migration.down ?? migration.up
        bench.database.history.unfinished.append(
            UnfinishedStep(
                id: migration.id, direction: direction, run: RunID(run), statementsDone: done,
                statementCount: count, meaning: meaning ?? script.meaning,
                startedAt: Timestamp(microseconds: 0)))
        return bench
    }

    func with(_ change: (inout Bench) -> Void) -> Bench {
        var bench = self
        change(&bench)
        return bench
    }

    var input: PlanInput {
        PlanInput(
            migrations: migrations, history: database.history, catalogue: catalogue,
            dialect: .postgres, options: options)
    }

    func plan(_ goal: Goal) throws(Diagnostics) -> Plan { try Planner.plan(goal, for: input) }

    /// The steps as `+1.2.0 languages`, or what stands against the plan as `code: message`.
    func steps(_ goal: Goal) -> [String] {
        do throws(Diagnostics) {
            return try plan(goal).steps.map {
                ($0.direction == .up ? "+" : "-") + $0.id.title
                    + ($0.firstStatement > 0 ? " from \($0.firstStatement)" : "")
            }
        } catch {
            return error.all.map { "\($0.code.rawValue): \($0.message)" }
        }
    }

    func sentence(_ goal: Goal) -> String {
        do throws(Diagnostics) {
            return try plan(goal).sentence
        } catch {
            return error.all.map(\.message).joined(separator: " / ")
        }
    }

    /// What stands against a plan, as a person reads it.
    func report(_ goal: Goal) -> String {
        do throws(Diagnostics) {
            return try plan(goal).sentence
        } catch {
            return error.all.map { DiagnosticRenderer().render($0) }.joined(separator: "\n\n")
        }
    }
}

/// What a database would hold after a plan, worked out without one.
struct SimulatedDatabase {
    var history = History(registry: .present(version: 1))

    mutating func perform(_ plan: Plan) {
        for step in plan.steps {
            switch (step.action, step.record) {
            case (.accept, let record?):
                let index = history.applied.firstIndex { $0.id == step.id }!
                history.applied[index] = row(of: step, record)
            case (.settle, _): break
            case (_, let record?): history.applied.append(row(of: step, record))
            case (_, nil): history.applied.removeAll { $0.id == step.id }
            }
            history.unfinished.removeAll { $0.id == step.id }
        }
    }

    /// Records a migration as if a plan had applied it now.
    mutating func apply(_ migration: Migration) {
        var dependencies: [MigrationID]?
        if case .declared(let references) = migration.dependencies {
            dependencies = history.applied.map(\.id).filter { id in
                references.contains { $0.matches(id) }
            }
        }
        let record = Step.Record(
            checksum: migration.checksum, upMeaning: migration.up.meaning,
            downMeaning: migration.down?.meaning,
            text: .whole(migration.source.bytes(0..<migration.source.count)),
            dependencies: dependencies, minimumApplication: migration.minimumApplication,
            irreversibleReason: migration.irreversibleReason)
        let step = Step(
            id: migration.id, direction: .up, origin: .file, script: migration.up,
            source: migration.source, record: record)
        history.applied.append(row(of: step, record))
    }

    private func row(of step: Step, _ record: Step.Record) -> AppliedMigration {
        AppliedMigration(
            id: step.id, checksum: record.checksum, upMeaning: record.upMeaning,
            downMeaning: record.downMeaning, text: record.text, dependencies: record.dependencies,
            minimumApplication: record.minimumApplication,
            irreversibleReason: record.irreversibleReason, appliedAt: Timestamp(microseconds: 0),
            appliedBy: "ana", duration: .zero, run: RunID(1), isBaseline: step.action == .record)
    }
}

func version(_ text: String) -> SemanticVersion { SemanticVersion(text)! }
