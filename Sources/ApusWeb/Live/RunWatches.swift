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
        /// Counts what was seen of this run since the first watcher came.
        var number: Int

        var isOver: Bool { sight.map { !$0.isLive } ?? false }
    }

    private struct Watch {
        var task: Task<Void, Never>
        var watchers: [Int: AsyncStream<Sighting>.Continuation] = [:]
        var last: Sighting?
    }

    private let migrator: Migrator
    private let keeper: RunKeeper
    private var watches: [RunID: Watch] = [:]
    private var nextWatcher = 0

    init(migrator: Migrator, keeper: RunKeeper) {
        self.migrator = migrator
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
            watches[id] = Watch(task: Task { await self.look(at: id) })
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

    private func look(at id: RunID) async {
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
                    sight = try await migrator.sight(of: id)
                    failure = nil
                } catch {
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
                tell(id, seen)
                if seen.isOver { break }
            }
            do {
                try await clock.sleep(for: .milliseconds(log == nil ? 1000 : 150))
            } catch {
                break
            }
        }
        for watcher in watches[id]?.watchers.values.map(\.self) ?? [] { watcher.finish() }
        watches[id] = nil
    }

    private func tell(_ id: RunID, _ sighting: Sighting) {
        watches[id]?.last = sighting
        for watcher in watches[id]?.watchers.values.map(\.self) ?? [] { watcher.yield(sighting) }
    }
}
