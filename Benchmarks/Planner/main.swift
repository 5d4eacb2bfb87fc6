// Measures the planner alone: no files, no database. `scripts/bench` runs it.
//
//     PlannerBenchmark COUNT ROUNDS     prints a line for each goal: its name, then seconds a round
//
// Every migration declares three dependencies on earlier ones: its neighbour, one halfway, and one
// that changes with its number.

import ApusCore

func number(_ position: Int, otherwise: Int) -> Int {
    CommandLine.arguments.count > position
        ? Int(CommandLine.arguments[position]) ?? otherwise : otherwise
}

func padded(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }

/// The id's stem of the nth migration: a second later and a patch higher than the one before.
func stem(_ number: Int) -> String {
    let time = [number / 3600 % 24, number / 60 % 60, number % 60].map(padded).joined()
    return "20250101_\(time)_1.\(number / 100).\(number % 100)_m\(number)"
}

func migration(_ number: Int) throws(Diagnostics) -> Migration {
    let needed = Set([number - 1, number / 2, number * 7 % max(1, number)].filter { $0 >= 0 })
    var references = needed.filter { $0 < number }.sorted()
    var other = number - 2
    while references.count < min(3, number), other >= 0 {
        if !references.contains(other) { references.append(other) }
        other -= 1
    }
    let names = references.map { "1.\($0 / 100).\($0 % 100)/m\($0)" }
    let text = """
        -- apus: depends-on \(names.isEmpty ? "none" : names.joined(separator: " "))
        -- Up Migration
        CREATE TABLE t\(number) (a int);
        -- Down Migration (Rollback)
        DROP TABLE t\(number);

        """
    let name = stem(number) + ".sql"
    return try MigrationParser(dialect: .postgres).parse(
        source: MigrationSource(path: name, bytes: Array(text.utf8)), fileName: name)
}

func row(_ step: Step) -> AppliedMigration? {
    step.record.map { record in
        AppliedMigration(
            id: step.id, checksum: record.checksum, upMeaning: record.upMeaning,
            downMeaning: record.downMeaning, text: record.text, dependencies: record.dependencies,
            minimumApplication: nil, irreversibleReason: nil,
            appliedAt: Timestamp(microseconds: 0), appliedBy: "bench", duration: .zero,
            run: RunID(1), isBaseline: false)
    }
}

func measure(
    _ name: String, _ goal: Goal, for input: PlanInput, expecting steps: Int
) throws(Diagnostics) -> String {
    var seconds: [Double] = []
    for _ in 0..<number(2, otherwise: 10) {
        let start = ContinuousClock.now
        let plan = try Planner.plan(goal, for: input)
        seconds.append((ContinuousClock.now - start) / .seconds(1))
        precondition(plan.steps.count == steps)
    }
    let edges = input.migrations.reduce(0) { count, migration in
        guard case .declared(let references) = migration.dependencies else { return count }
        return count + references.count
    }
    let texts = [name, String(edges)] + seconds.map(String.init(describing:))
    return texts.joined(separator: " ")
}

let count = number(1, otherwise: 10_000)
var input = PlanInput(
    migrations: try (0..<count).map(migration), history: History(registry: .present(version: 1)),
    dialect: .postgres)
let whole = try Planner.plan(.latest, for: input)
precondition(whole.steps.count == count)
print(try measure("all", .latest, for: input, expecting: count))
input.history.applied = whole.steps.compactMap(row)
print(try measure("none", .latest, for: input, expecting: 0))
print(try measure("undo", .undoLast(count / 2), for: input, expecting: count / 2))
input.history.applied.removeLast()
print(try measure("last", .latest, for: input, expecting: 1))
