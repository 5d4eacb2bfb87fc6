/// The time spent in the batches of each data migration, by the run that began it.
struct BatchTimes {
    private struct Spent {
        var run: RunID
        var busy: Duration
        var isDone: Bool
    }

    private var spent: [MigrationID: [Spent]] = [:]
    /// The runs that took a migration up or down, ascending.
    private var runs: [MigrationID: [RunID]] = [:]

    init(_ measurements: Measurements) {
        for batches in measurements.undoneBatches {
            spent[batches.migration, default: []].append(
                Spent(run: batches.run, busy: batches.busy, isDone: batches.state == .done))
        }
        for progress in measurements.dataMigrations {
            spent[progress.migration, default: []].append(
                Spent(run: progress.run, busy: progress.busy, isDone: progress.state == .done))
        }
        for step in measurements.steps
        where step.hasSucceeded && spent[step.migration] != nil {
            runs[step.migration, default: []].append(step.run)
        }
    }

    /// What a step that succeeded took, with its batches.
    ///
    /// `nil` where they were left to the background and are not done, or nobody knows how long they took.
    /// A step that was resumed has only its last attempt in its own duration, but all of its batches here.
    func duration(of step: Measurements.Step) -> Duration? {
        guard step.direction == .up else { return step.duration }
        // A run that failed may have begun what this one went on with.
        let earlier = runs[step.migration]?.last { $0 < step.run }
        let own = (spent[step.migration] ?? []).filter {
            $0.run <= step.run && $0.run > earlier ?? RunID(0)
        }
        let busy = own.reduce(Duration.zero) { $0 + $1.busy }
        guard step.leftBatches else { return max(step.duration, busy) }
        return own.isEmpty || !own.allSatisfy(\.isDone) ? nil : step.duration + busy
    }
}
