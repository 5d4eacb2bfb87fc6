import ApusCore
import ApusEngine
import Testing

/// Steps that are taken together.
extension ConformanceBench {
    /// What happened, in order: where each step began, failed or was done, and its statements.
    typealias StretchLog = Recorder<String>

    /// Three migrations of three statements each; the statement at `place` of all nine fails.
    private func three(failing place: Int? = nil) throws -> [Migration] {
        try (0..<3).map { number in
            let statements = (0..<3).map { index in
                if number * 3 + index == place { return "SELECT no_such_column" }
                return index == 0
                    ? "CREATE TABLE stretch_\(number) (id integer)"
                    : "INSERT INTO stretch_\(number) VALUES (\(index))"
            }
            return try migration(
                "1.\(number).0", up: statements.joined(separator: ";\n") + ";",
                down: "DROP TABLE stretch_\(number);")
        }
    }

    /// Takes steps as a run does: what a driver has left over is asked for again.
    func take(
        _ steps: [Step], _ session: D.Session, _ run: RunID, options: StepOptions = StepOptions(),
        log: StretchLog = Recorder(), whenStarted awaited: (@Sendable (Int, Int) -> Void)? = nil
    ) async throws -> [StepOutcome] {
        var outcomes: [StepOutcome] = []
        while outcomes.count < steps.count, outcomes.last?.failure == nil {
            let first = outcomes.count
            let taken = try await session.perform(
                Array(steps[first...]), in: run, options: options
            ) { event in
                switch event {
                case .started(let place): log.record("begin \(first + place)")
                case .step(let place, .statementStarted(let index, _)):
                    log.record("start \(first + place).\(index)")
                    awaited?(first + place, index)
                case .step(let place, .statementFinished(let index, _, _, _)):
                    log.record("end \(first + place).\(index)")
                case .step: break
                case .finished(let place, let outcome):
                    log.record(
                        "\(outcome.failure == nil ? "done" : "failed") \(first + place)")
                }
            }
            #expect(!taken.isEmpty, "at least one is taken")
            guard !taken.isEmpty else { break }
            outcomes += taken
        }
        return outcomes
    }

    /// What is told of one step, in its order.
    private func told(_ log: StretchLog, of step: Int) -> [String] {
        log.values.filter { $0.split(separator: " ")[1].hasPrefix("\(step)") }
    }

    private func whole(_ step: Int) -> [String] {
        ["begin \(step)"] + (0..<3).flatMap { ["start \(step).\($0)", "end \(step).\($0)"] }
            + ["done \(step)"]
    }

    func stretchIsTaken() async throws {
        let migrations = try three()
        let log = StretchLog()
        try await withRun { session, run in
            let ups = migrations.map { $0.upStep() }
            let outcomes = try await take(ups, session, run, log: log)
            #expect(outcomes.map(\.id) == migrations.map(\.id))
            #expect(outcomes.allSatisfy { $0.failure == nil && $0.statementsRun == 3 })
            #expect(
                try await session.run(run)?.journal.map(\.status) == [.done, .done, .done])
            #expect(try await session.history().applied.map(\.run) == [run, run, run])

            let downs = try migrations.reversed().map { try $0.downStep() }
            let undone = try await take(downs, session, run)
            #expect(undone.map(\.id) == migrations.reversed().map(\.id))
            #expect(undone.allSatisfy { $0.failure == nil && $0.direction == .down })
        }
        for step in 0..<3 { #expect(told(log, of: step) == whole(step)) }
        #expect(
            log.values.filter { !$0.contains(".") && $0.hasPrefix("done") } == [
                "done 0", "done 1", "done 2",
            ])
        #expect(try await history().applied.isEmpty)
        try await expectTable("stretch_0", isThere: false)
    }

    /// The first, the middle and the last statement of the first, the middle and the last step.
    func stretchStopsAtFailure() async throws {
        for place in 0..<9 {
            let migrations = try three(failing: place)
            let (step, statement) = (place / 3, place % 3)
            let log = StretchLog()
            try await withRun { session, run in
                let outcomes = try await take(
                    migrations.map { $0.upStep() }, session, run, log: log)
                #expect(outcomes.map(\.id) == migrations.prefix(step + 1).map(\.id))
                #expect(outcomes.dropLast().allSatisfy { $0.failure == nil })
                let failure = try #require(outcomes.last?.failure)
                #expect(failure.statementIndex == statement)
                #expect(failure.statement?.line == 3 + statement)
                #expect(failure.effect == .unchanged)
                #expect(outcomes.last?.statementsRun == statement)

                let journal = try await session.run(run)?.journal ?? []
                let done = Array(repeating: JournalEntry.Status.done, count: step)
                #expect(journal.map(\.status) == done + [.failed])
                #expect(
                    try await session.history().applied.map(\.id)
                        == migrations.prefix(step).map(\.id))
                for before in 0..<step { #expect(told(log, of: before) == whole(before)) }
                #expect(told(log, of: step).last == "failed \(step)")
                for behind in (step + 1)..<4 { #expect(told(log, of: behind).isEmpty) }

                // What is there is undone for the next round, in one go as well.
                let downs = try migrations.prefix(step).reversed().map { try $0.downStep() }
                for outcome in try await take(downs, session, run) {
                    #expect(outcome.failure == nil)
                }
            }
            for table in 0..<3 { try await expectTable("stretch_\(table)", isThere: false) }
        }
    }

    func stretchKeepsSessionsApart() async throws {
        let first = try migration("1.0.0", up: "CREATE TABLE before_it (id integer);")
        let second = try migration("1.1.0", up: scripts.changeSession)
        let third = try migration("1.2.0", up: scripts.failIfSessionWasChanged)
        try await withRun { session, run in
            for outcome in try await take([first, second, third].map { $0.upStep() }, session, run)
            {
                #expect(
                    outcome.failure == nil, "\(outcome.id): \(String(describing: outcome.failure))")
            }
        }
        #expect(try await history().applied.count == 3)
    }

    func stretchIsCancelled() async throws {
        let first = try migration("1.0.0", up: "CREATE TABLE kept (id integer);")
        let second = try migration(
            "1.1.0", up: "CREATE TABLE dropped (id integer);\n\(scripts.longStatement);")
        let third = try migration("1.2.0", up: "CREATE TABLE never (id integer);")
        let steps = [first, second, third].map { $0.upStep() }
        let started = Recorder<Int>()
        try await withRun { session, run in
            let task = Task {
                try await take(steps, session, run) {
                    if ($0, $1) == (1, 1) { started.record(1) }
                }
            }
            await started.waitForOne()
            task.cancel()
            let outcomes = try await task.value
            #expect(outcomes.last?.failure?.error.code == .interrupted)
            #expect(outcomes.last?.failure?.effect == .unchanged)
            let applied = try await session.history().applied.map(\.id)
            #expect(applied == outcomes.dropLast().map(\.id))
            try await succeed(try things("2.0.0").upStep(), session, run)
        }
        try await expectTable("dropped", isThere: false)
        try await expectTable("never", isThere: false)
    }

    /// Another process has undone, or applied, what stands in the middle.
    func stretchIsFenced() async throws {
        let migrations = try (0..<3).map {
            try migration("1.\($0).0", up: "CREATE TABLE IF NOT EXISTS fenced_\($0) (id integer);")
        }
        try await withRun { session, run in
            try await succeed(migrations[1].upStep(), session, run)
            let outcomes = try await take(migrations.map { $0.upStep() }, session, run)
            #expect(outcomes.count == 2)
            #expect(outcomes.first?.failure == nil)
            let failure = try #require(outcomes.last?.failure)
            #expect(failure.effect == .unchanged)
            #expect(failure.statementIndex == nil)
        }
        #expect(
            Set(try await history().applied.map(\.id)) == [migrations[0].id, migrations[1].id])
        try await expectTable("fenced_2", isThere: false)
    }
}
