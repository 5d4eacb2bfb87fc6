import ApusCore
import ApusEngine

/// Reads the database for the pages: one reading at a time, which everybody who asks meanwhile
/// shares, and keeps the last one that succeeded.
actor StateReader {
    /// What was read, and when.
    struct Sight: Sendable {
        var overview: Overview
        var backups: [BackupEntry]
        var readAt: Timestamp
        /// Why this is an old sight: what the latest reading failed with.
        var failure: Diagnostics?

        var isCurrent: Bool { failure == nil }
    }

    private let migrator: Migrator
    private var last: Sight?
    private var lastInstant: ContinuousClock.Instant?
    private var reading: Task<Result<Sight, Diagnostics>, Never>?
    /// What fails is not asked again at once by everybody: a dead server costs a time-out each time.
    private var lastFailure: (Diagnostics, ContinuousClock.Instant)?

    init(migrator: Migrator) {
        self.migrator = migrator
    }

    /// The state as it is now, or was at most `age` ago. Throws what the reading failed with.
    func current(atMost age: Duration = .zero) async throws(Diagnostics) -> Sight {
        let now = ContinuousClock.now
        if let last, let lastInstant, age > .zero, now - lastInstant <= age { return last }
        if let (failure, instant) = lastFailure, now - instant < .milliseconds(500) {
            throw failure
        }
        let task = reading ?? startReading()
        return try await task.value.get()
    }

    /// The state as it is now; where it cannot be read, the last one that could, with the reason.
    /// Throws only where none was ever read.
    func currentOrLast() async throws(Diagnostics) -> Sight {
        do throws(Diagnostics) {
            return try await current()
        } catch {
            guard var sight = last else { throw error }
            sight.failure = error
            return sight
        }
    }

    /// What is known has changed: the next reader reads again, also where one is under way.
    func forget() {
        lastInstant = nil
        reading = nil
        lastFailure = nil
    }

    private func startReading() -> Task<Result<Sight, Diagnostics>, Never> {
        let migrator = migrator
        let task = Task { () -> Result<Sight, Diagnostics> in
            do throws(Diagnostics) {
                let overview = try await migrator.overview()
                return .success(
                    Sight(
                        overview: overview, backups: try migrator.backups?.list() ?? [],
                        readAt: migrator.now()))
            } catch {
                return .failure(error)
            }
        }
        reading = task
        Task { self.finish(task, await task.value) }
        return task
    }

    private func finish(
        _ task: Task<Result<Sight, Diagnostics>, Never>, _ result: Result<Sight, Diagnostics>
    ) {
        guard reading == task else { return }
        reading = nil
        switch result {
        case .success(let sight):
            last = sight
            lastInstant = .now
            lastFailure = nil
        case .failure(let failure):
            lastFailure = (failure, .now)
        }
    }
}
