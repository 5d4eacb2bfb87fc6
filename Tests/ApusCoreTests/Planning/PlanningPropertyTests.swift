import ApusCore
import Testing

/// Laws that hold for every folder and every history, tried on many random ones.
@Suite struct PlanningPropertyTests {
    static let seeds = Array(UInt64(1)...60)

    /// Versions with one to four migrations each; some declare what they depend on, also across
    /// versions. Folders with a circle are thrown away.
    private static func folder(_ generator: inout SeededGenerator) throws -> [Migration] {
        while true {
            let migrations = try anyFolder(&generator)
            let nothing = History(registry: .present(version: 1))
            if (try? DependencyGraph(migrations: migrations, history: nothing)) != nil {
                return migrations
            }
        }
    }

    private static func anyFolder(_ generator: inout SeededGenerator) throws -> [Migration] {
        var titles: [String] = []
        for number in 1...Int.random(in: 1...6, using: &generator) {
            for name in 0..<Int.random(in: 1...4, using: &generator) {
                titles.append("1.\(number).0 m\(number)\(name)")
            }
        }
        return try titles.map { title in
            let others = titles.shuffled(using: &generator).prefix(2)
                .map { $0.replacing(" ", with: "/") }
            let day = Int.random(in: 1...28, using: &generator)
            return switch Int.random(in: 0..<4, using: &generator) {
            case 0: try migration(title, day: day, "depends-on none")
            case 1: try migration(title, day: day, "depends-on \(others.joined(separator: " "))")
            default: try migration(title, day: day)
            }
        }
    }

    /// A folder, and a history made of random goals reached one after the other.
    private static func bench(_ seed: UInt64) throws -> (Bench, SeededGenerator) {
        var generator = SeededGenerator(seed: seed)
        var bench = Bench(try folder(&generator))
        let versions = bench.input.knownVersions
        for _ in 0..<Int.random(in: 0...4, using: &generator) {
            let version = versions.randomElement(using: &generator)!
            let goals: [Goal] = [
                .upTo(version), .undo(version, cascade: true), .downTo(version),
                .undoLast(Int.random(in: 0...3, using: &generator)), .upTo(version),
            ]
            bench.options.allowsOutOfOrder = Bool.random(using: &generator)
            // A goal that is refused changes nothing.
            guard let plan = try? bench.plan(goals.randomElement(using: &generator)!) else {
                continue
            }
            bench.database.perform(plan)
        }
        bench.options.allowsOutOfOrder = true
        return (bench, generator)
    }

    private static func ids(_ bench: Bench) -> [MigrationID] {
        bench.database.history.applied.map(\.id)
    }

    /// The plan up to a version; `nil` where that version needs a later one.
    private static func part(
        of bench: Bench, upTo version: SemanticVersion
    ) throws(Diagnostics) -> Plan? {
        do throws(Diagnostics) {
            return try bench.plan(.upTo(version))
        } catch  where error.all.allSatisfy({ $0.code == .dependencyMissing }) {
            return nil
        }
    }

    /// What a migration needs, of all that there is.
    private static func needs(_ migration: Migration, _ all: [Migration]) -> [MigrationID] {
        switch migration.dependencies {
        case .allBefore: all.map(\.id).filter { $0 < migration.id }
        case .declared(let references):
            all.map(\.id).filter { id in references.contains { $0.matches(id) } }
        }
    }

    @Test(arguments: seeds)
    func `latest and then back down gives the history before`(seed: UInt64) throws {
        var (bench, generator) = try Self.bench(seed)
        // Only a history that has all of its versions whole can be named by one of them.
        let target = bench.input.knownVersions.randomElement(using: &generator)!
        bench.database = SimulatedDatabase()
        guard let part = try Self.part(of: bench, upTo: target) else { return }
        bench.database.perform(part)
        let before = bench.database.history.applied
        bench.database.perform(try bench.plan(.latest))
        #expect(Set(Self.ids(bench)) == Set(bench.migrations.map(\.id)))
        bench.database.perform(try bench.plan(.downTo(target)))
        #expect(bench.database.history.applied == before)
        bench.database.perform(try bench.plan(.downTo(nil)))
        #expect(bench.database.history.applied == [])
    }

    @Test(arguments: seeds)
    func `nothing is applied before what it depends on`(seed: UInt64) throws {
        let (bench, _) = try Self.bench(seed)
        var there = Set(Self.ids(bench))
        for step in try bench.plan(.latest).steps {
            let migration = try #require(bench.migrations.first { $0.id == step.id })
            #expect(there.isSuperset(of: Self.needs(migration, bench.migrations)))
            #expect(there.insert(step.id).inserted)
        }
        #expect(there == Set(bench.migrations.map(\.id)))
    }

    @Test(arguments: seeds)
    func `undoing goes in the reverse order of application`(seed: UInt64) throws {
        var (bench, generator) = try Self.bench(seed)
        let applied = Self.ids(bench)
        let version = bench.input.knownVersions.randomElement(using: &generator)!
        let goals: [Goal] = [
            .undo(version, cascade: true), .undo(version, cascade: false), .downTo(version),
            .downTo(nil), .undoLast(2),
        ]
        for goal in goals {
            guard let plan = try? bench.plan(goal) else { continue }
            let undone = plan.steps.map(\.id)
            #expect(undone == applied.reversed().filter(Set(undone).contains))
            // What stays has all that it had beneath it when it was applied.
            let left = applied.filter { !undone.contains($0) }
            for (place, id) in applied.enumerated() where left.contains(id) {
                let migration = try #require(bench.migrations.first { $0.id == id })
                let had = Set(applied[..<place]).intersection(
                    Self.needs(migration, bench.migrations))
                #expect(had.isSubset(of: left), "\(goal)")
            }
        }
        #expect(try bench.plan(.downTo(nil)).steps.count == applied.count)
    }

    @Test(arguments: seeds)
    func `the order of the files makes no difference`(seed: UInt64) throws {
        var (bench, generator) = try Self.bench(seed)
        for goal in [Goal.latest, .undoLast(3), .downTo(nil)] {
            let plan = try bench.plan(goal)
            bench.migrations.shuffle(using: &generator)
            let again = try bench.plan(goal)
            #expect(again.steps.map(\.id) == plan.steps.map(\.id))
            #expect(again.digest == plan.digest)
            #expect(again.sentence == plan.sentence)
        }
    }

    @Test(arguments: seeds)
    func `latest in two parts applies the same as in one`(seed: UInt64) throws {
        var (bench, generator) = try Self.bench(seed)
        let whole = try bench.plan(.latest)
        let half = bench.input.knownVersions.randomElement(using: &generator)!
        guard let part = try Self.part(of: bench, upTo: half) else { return }
        #expect(Set(part.steps.map(\.id)).isDisjoint(with: part.remaining))
        #expect(part.remaining.count + part.steps.count == whole.steps.count)
        bench.database.perform(part)
        let rest = try bench.plan(.latest)
        #expect(Set(part.steps.map(\.id) + rest.steps.map(\.id)) == Set(whole.steps.map(\.id)))
        #expect(rest.steps.map(\.id) == part.remaining)
        bench.database.perform(rest)
        #expect(try bench.plan(.latest).isEmpty)
    }

    @Test(arguments: seeds)
    func `a plan ends where it says`(seed: UInt64) throws {
        let (bench, _) = try Self.bench(seed)
        for goal in [Goal.latest, .undoLast(1), .undoLast(3), .downTo(nil)] {
            var after = bench
            guard let plan = try? bench.plan(goal) else { continue }
            #expect(plan.from == bench.input.databaseVersion)
            after.database.perform(plan)
            #expect(plan.to == after.input.databaseVersion)
        }
    }

    @Test func `thousands of migrations are planned without pain`() throws {
        let count = 1_000
        let chain = try (0..<count).map { number in
            try migration(
                "1.\(number).0 m",
                number == 0 ? "depends-on none" : "depends-on 1.\(number - 1).0/m")
        }
        var bench = Bench(chain)
        bench.database.perform(try bench.plan(.latest))
        #expect(bench.database.history.applied.count == count)
        #expect(try bench.plan(.undo(version("1.500.0"), cascade: true)).steps.count == count - 500)
    }
}
