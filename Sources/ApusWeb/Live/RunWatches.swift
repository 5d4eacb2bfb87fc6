import ApusCore
import ApusEngine

/// Looks at runs for those who watch them: one look at the database a second, however many watch.
actor RunWatches {
    /// What was seen; a watcher that is slow misses the older ones only.
    struct Sighting: Sendable {
        var sight: RunSight?
        var log: RunLog.Content?
        /// Why the database could not be asked.
        var failure: Diagnostics?
        /// Counts what was seen of this run since the first watcher came, from 1.
        var number: Int
        /// How the page shows it.
        let drawing = Drawing()

        var isOver: Bool { sight.map { !$0.isLive } ?? false }
    }

    private struct Watch {
        /// Tells this watch from an earlier one of the same run, whose task may still be about to
        /// notice that it was cancelled.
        var generation: Int
        var task: Task<Void, Never>
        var watchers: [Int: AsyncStream<Sighting>.Continuation] = [:]
        var last: Sighting?
    }

    private let states: StateReader
    private let keeper: RunKeeper
    private var watches: [RunID: Watch] = [:]
    private var nextWatcher = 0
    private var nextGeneration = 0

    init(states: StateReader, keeper: RunKeeper) {
        self.states = states
        self.keeper = keeper
    }

    /// What is seen of a run from now on, until it is over. Only the newest sighting is kept for
    /// a watcher that does not come for it.
    func sightings(of id: RunID) -> AsyncStream<Sighting> {
        let (stream, continuation) = AsyncStream<Sighting>.makeStream(
            bufferingPolicy: .bufferingNewest(1))
        nextWatcher += 1
        let watcher = nextWatcher
        continuation.onTermination = { _ in Task { await self.leave(id, watcher) } }
        if watches[id] == nil {
            nextGeneration += 1
            let generation = nextGeneration
            watches[id] = Watch(
                generation: generation, task: Task { await self.look(at: id, generation) })
        }
        watches[id]?.watchers[watcher] = continuation
        if let last = watches[id]?.last { continuation.yield(last) }
        return stream
    }

    private func leave(_ id: RunID, _ watcher: Int) {
        watches[id]?.watchers[watcher] = nil
        if watches[id]?.watchers.isEmpty == true {
            watches[id]?.task.cancel()
            watches[id] = nil
        }
    }

    // MARK: Looking

    private func look(at id: RunID, _ generation: Int) async {
        let clock = ContinuousClock()
        var number = 0
        var sight: RunSight?
        var failure: Diagnostics?
        var askedAt: ContinuousClock.Instant?
        var lastCount: (Int, Int, Double?)?
        let log = await keeper.log(of: id)
        while !Task.isCancelled {
            let content = log?.now
            let isDue = askedAt.map { clock.now - $0 >= .seconds(1) } ?? true
            if isDue || content?.isOver == true {
                askedAt = clock.now
                do throws(Diagnostics) {
                    sight = try await states.run(id)
                    failure = nil
                } catch {
                    // A question that was cancelled says nothing about the database.
                    if Task.isCancelled { break }
                    failure = error
                }
            }
            let count = (
                content?.count ?? 0, content?.statement?.index ?? -1, content?.progress?.fraction
            )
            let hasNews = lastCount.map { $0 != count } ?? true
            lastCount = count
            if isDue || hasNews {
                number += 1
                let seen = Sighting(sight: sight, log: content, failure: failure, number: number)
                tell(id, generation, seen)
                if seen.isOver { break }
            }
            do {
                try await clock.sleep(for: .milliseconds(log == nil ? 1000 : 150))
            } catch {
                break
            }
        }
        guard let watch = watches[id], watch.generation == generation else { return }
        watches[id] = nil
        for watcher in watch.watchers.values { watcher.finish() }
    }

    private func tell(_ id: RunID, _ generation: Int, _ sighting: Sighting) {
        guard watches[id]?.generation == generation else { return }
        watches[id]?.last = sighting
        for watcher in watches[id]?.watchers.values.map(\.self) ?? [] { watcher.yield(sighting) }
    }
}
