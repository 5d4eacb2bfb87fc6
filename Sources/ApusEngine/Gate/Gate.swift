public import ApusCore

/// What an application asks before it starts: may I run against this database?
///
/// ```swift
/// let gate = Gate(
///     driver: driver, application: SemanticVersion(1, 2, 0),
///     minimumDatabase: SemanticVersion(1, 1, 0))
/// try await gate.pass(waitingAtMost: .seconds(120))
/// ```
public struct Gate: Sendable {
    /// The answer, with its reasons in words.
    public enum Decision: Hashable, Sendable {
        /// Compatible, or the database is ahead of what the application knows.
        case goOn(Compatibility)
        /// The database is behind, or cannot be reached: a migration or a start may mend that.
        case wait(reason: String)
        /// Waiting mends nothing: the application is too old for the database.
        case refuse(Compatibility)
    }

    private let driver: any Driver
    private let application: SemanticVersion
    private let minimumDatabase: SemanticVersion
    private let database: SemanticVersion?

    /// `database` is the version that the application is built for, where that matters: a higher
    /// one is then called ahead, and is let through like any other.
    public init(
        driver: any Driver, application: SemanticVersion, minimumDatabase: SemanticVersion,
        database: SemanticVersion? = nil
    ) {
        self.driver = driver
        self.application = application
        self.minimumDatabase = minimumDatabase
        self.database = database
    }

    /// Takes the versions from a catalogue; `nil` where it does not declare both.
    public init?(driver: any Driver, catalogue: Catalogue) {
        guard let application = catalogue.applicationVersion,
            let minimum = catalogue.minimumDatabase
        else { return nil }
        self.init(
            driver: driver, application: application, minimumDatabase: minimum,
            database: catalogue.database)
    }

    /// Looks once. Throws what no waiting mends: a wrong password, a foreign registry.
    public func decide() async throws(Diagnostics) -> Decision {
        let history: History
        do throws(DatabaseError) {
            history = try await readHistory(driver)
        } catch  where error.code == .cannotConnect || error.code == .connectionLost {
            return .wait(reason: error.message)
        } catch {
            throw Diagnostics([error.diagnostic])
        }
        // The application has no migration files: a version counts unless one of its migrations is
        // known to be half done.
        let halfDone = Set((history.halfApplied + history.halfUndone).map(\.id))
        let version = PlanInput.databaseVersion(
            files: halfDone, applied: Set(history.applied.map(\.id)).subtracting(halfDone))
        let compatibility = Compatibility.judge(
            application: application, needs: minimumDatabase, database: version,
            serves: history.minimumApplication, expects: database)
        return switch compatibility.verdict {
        case .compatible, .databaseAhead: .goOn(compatibility)
        case .databaseTooOld: .wait(reason: compatibility.reasons.joined(separator: " "))
        case .applicationTooOld: .refuse(compatibility)
        }
    }

    /// Waits until the gate opens, asking once a second.
    ///
    /// Throws `application-incompatible` when it is refused or the time is over, `interrupted` when
    /// the task is cancelled.
    @discardableResult
    public func pass(waitingAtMost limit: Duration) async throws(Diagnostics) -> Compatibility {
        let clock = ContinuousClock()
        let deadline = clock.now + limit
        while true {
            switch try await decide() {
            case .goOn(let compatibility): return compatibility
            case .refuse(let compatibility):
                throw Diagnostics([
                    Diagnostic(
                        .applicationIncompatible,
                        "application \(application) is too old for this database",
                        details: compatibility.reasons)
                ])
            case .wait(let reason):
                guard !Task.isCancelled else {
                    throw Diagnostics([
                        Diagnostic(
                            .interrupted, "stopped waiting for the database", details: [reason])
                    ])
                }
                guard clock.now < deadline else {
                    throw Diagnostics([
                        Diagnostic(
                            .applicationIncompatible,
                            "the database is not ready for application \(application)",
                            details: [reason], help: ["apus migrate"])
                    ])
                }
                // Cancelled sleep ends early; the check above then ends the loop.
                try? await clock.sleep(until: min(deadline, clock.now + .seconds(1)))
            }
        }
    }

    private func readHistory(_ driver: some Driver) async throws(DatabaseError) -> History {
        let session = try await driver.openSession()
        do throws(DatabaseError) {
            let history = try await session.history(withTexts: false)
            await session.close()
            return history
        } catch {
            await session.close()
            throw error
        }
    }
}
