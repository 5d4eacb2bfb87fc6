import ApusCore
import ApusEngine

/// What the pages know of the database: as it is now, or as it was when it last could be read.
struct StateReader: Sendable {
    /// What was read, and when.
    struct Sight: Sendable {
        var overview: Overview
        /// Those of this database, newest first.
        var backups: [BackupEntry]
        /// Why the backups are not known: their folder is no part of the database.
        var backupFailure: Diagnostics?
        var readAt: Timestamp
        /// Why this is an old sight: what the latest reading failed with.
        var failure: Diagnostics?

        var isCurrent: Bool { failure == nil }
    }

    private let migrator: Migrator
    private let sights: SharedReading<Sight>
    private let latestRuns: SharedReading<[RunRecord]>
    /// How long a page waits for a server that does not answer, where it has something to show.
    private let patience: Duration
    /// How many runs ``runs(atMost:)`` gives at most.
    static let mostRuns = 1000

    init(migrator: Migrator, catalogue: LiveCatalogue, patience: Duration) {
        self.migrator = migrator
        self.patience = patience
        sights = SharedReading {
            do throws(Diagnostics) {
                return .success(try await Self.sight(migrator, catalogue))
            } catch {
                return .failure(error)
            }
        }
        latestRuns = SharedReading {
            do throws(Diagnostics) {
                return .success(try await migrator.runs(limit: Self.mostRuns))
            } catch {
                return .failure(error)
            }
        }
    }

    /// The state as it is now, or was at most `age` ago. Throws what the reading failed with.
    func current(atMost age: Duration = .zero) async throws(Diagnostics) -> Sight {
        try await sights.current(atMost: age)
    }

    /// The state as it is now; where it cannot be read, or not soon, the last one that could, with
    /// the reason. Throws only where none was ever read.
    func currentOrLast() async throws(Diagnostics) -> Sight {
        guard await sights.last != nil else { return try await sights.current() }
        do throws(Diagnostics) {
            return try await sights.current(within: patience)
        } catch {
            guard var sight = await sights.last else { throw error }
            sight.failure = error
            return sight
        }
    }

    /// The latest runs, newest first, as they are now or were at most `age` ago.
    func runs(atMost age: Duration) async throws(Diagnostics) -> [RunRecord] {
        try await latestRuns.current(atMost: age)
    }

    /// One run as it is now. Whoever is told that it is over is told no state from before its end
    /// thereafter. Throws `run-unknown`.
    func run(_ id: RunID) async throws(Diagnostics) -> RunSight {
        let sight = try await migrator.sight(of: id)
        if sight.record.status != .running, await !knowsEnd(of: id) { await forget() }
        return sight
    }

    private func knowsEnd(of id: RunID) async -> Bool {
        guard let runs = await sights.last?.overview.runs, let newest = runs.first else {
            return false
        }
        return newest.id >= id && !runs.contains { $0.id == id && $0.status == .running }
    }

    /// What is known has changed: the next reader reads again, also where one is under way.
    func forget() async {
        await sights.forget()
        await latestRuns.forget()
    }

    private static func sight(
        _ migrator: Migrator, _ catalogue: LiveCatalogue
    ) async throws(Diagnostics) -> Sight {
        try catalogue.refresh()
        var migrator = migrator
        migrator.catalogue = catalogue.now
        let overview = try await migrator.overview()
        var sight = Sight(overview: overview, backups: [], readAt: migrator.now())
        do throws(Diagnostics) {
            sight.backups = try migrator.ownBackups()
        } catch {
            sight.backupFailure = error
        }
        return sight
    }
}

extension Migrator {
    /// The backups of this database, newest first: others may lie in the same folder.
    func ownBackups() throws(Diagnostics) -> [BackupEntry] {
        try backups?.list(of: driver.engine, driver.target) ?? []
    }
}
