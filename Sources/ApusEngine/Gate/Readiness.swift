public import ApusCore

/// Whether a database is where somebody waits for it to be.
public enum Readiness: Sendable {
    /// The version that the database is at; `nil` for an empty one, of which nothing is wanted.
    case ready(SemanticVersion?)
    case missing(Missing)

    /// What is missing, in the order in which it has to come.
    public enum Missing: Hashable, Sendable {
        case unreachable(DatabaseError)
        /// A run is going on.
        case running(RunID, LockHolder?)
        /// Migrations that stopped midway.
        case unfinished([MigrationID])
        /// Migrations that are pending, in order; where only a version is waited for, and no file tells
        /// which, none.
        case pending([MigrationID], at: SemanticVersion?, wanted: SemanticVersion?)
    }
}

extension Readiness.Missing {
    /// One sentence for people, without a final full stop.
    public var sentence: String {
        switch self {
        case .unreachable(let error): return "the database cannot be reached: \(error.message)"
        case .running(let run, let holder):
            let who = holder == nil ? "" : ", by \(holder.sentence)"
            return "run \(run) is going on\(who)"
        case .unfinished(let ids):
            return "stopped midway: \(Self.names(ids))"
        case .pending(let ids, let version, let wanted):
            let place = version.map { "at \($0)" } ?? "empty"
            let target = wanted.map { ", and \($0) is waited for" } ?? ""
            return ids.isEmpty
                ? "the database is \(place)\(target)"
                : "\(ids.count) pending: \(Self.names(ids)) (the database is \(place)\(target))"
        }
    }

    private static func names(_ ids: [MigrationID]) -> String {
        ids.prefix(3).map(\.title).joined(separator: ", ")
            + (ids.count > 3 ? " and \(ids.count - 3) more" : "")
    }
}

extension Migrator {
    /// Looks once whether the database is reachable, at a version or up to date with the folder, and
    /// no run is going on. Changes nothing.
    ///
    /// Throws what no waiting mends: a wrong password, a foreign registry, an invalid file.
    ///
    /// - Parameter version: What to wait for: that version or a later one. Without it, everything that
    ///   the folder has; where there is no folder, what the catalogue's application needs.
    public func readiness(of version: SemanticVersion? = nil) async throws(Diagnostics) -> Readiness
    {
        let survey = folder.exists ? try folder.survey() : FolderSurvey()
        if version == nil, !folder.exists, catalogue.minimumDatabase == nil {
            // The folder's own diagnostic says how to go on.
            _ = try folder.read()
        }
        let wanted = version ?? (folder.exists ? nil : catalogue.minimumDatabase)
        do throws(DatabaseError) {
            return try await look(driver, survey, wanted)
        } catch  where error.code == .cannotConnect || error.code == .connectionLost {
            return .missing(.unreachable(error))
        } catch {
            throw Diagnostics([error.diagnostic])
        }
    }

    private func look(
        _ driver: some Driver, _ survey: FolderSurvey, _ wanted: SemanticVersion?
    ) async throws(DatabaseError) -> Readiness {
        let session = try await driver.openSession()
        do throws(DatabaseError) {
            let history = try await session.history(withTexts: false)
            let lock = try await session.runLock()
            await session.close()
            return Readiness(history, lock, survey, wanted)
        } catch {
            await session.close()
            throw error
        }
    }
}

extension Readiness {
    /// Pure: the verdict from what was seen.
    init(
        _ history: History, _ lock: RunLock, _ survey: FolderSurvey, _ wanted: SemanticVersion?
    ) {
        if case .held(let holder) = lock, let run = history.openRuns.last {
            self = .missing(.running(run, holder))
            return
        }
        let halfDone = (history.halfUndone + history.halfApplied).map(\.id)
        let applied = Set(history.applied.map(\.id))
        let files = survey.migrations.map(\.id) + survey.invalid
        let version = PlanInput.databaseVersion(
            files: files + halfDone, applied: applied.subtracting(halfDone))
        let relevant = halfDone.filter { id in wanted.map { id.version <= $0 } ?? true }
        let pending = files.filter { id in
            !applied.contains(id) && (wanted.map { id.version <= $0 } ?? true)
        }.sorted()
        let isThere = wanted.map { wanted in version.map { $0 >= wanted } ?? false } ?? true
        if !relevant.isEmpty {
            self = .missing(.unfinished(relevant))
        } else if !pending.isEmpty || !isThere {
            self = .missing(.pending(pending, at: version, wanted: wanted))
        } else {
            self = .ready(version)
        }
    }
}
