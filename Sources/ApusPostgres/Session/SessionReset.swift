import ApusCore
import ApusEngine

extension PostgresSession {
    /// SQL that cleans the session and asks whether the lock is still ours.
    var resetSQL: String { SessionSettings.reset + settings.assignments + lockCheckSQL }

    /// Gives the session its settings for the first time.
    func applySettings() throws(DatabaseError) {
        let connection = try connection
        if let error = connection.batch(settings.assignments).error {
            guard settings.canCheckClient, error.code != .connectionLost else { throw error }
            // Not every platform's server can watch its client.
            settings.canCheckClient = false
            try connection.execute(settings.assignments)
        }
    }

    /// Cleans the session after a migration, and makes sure that the lock is still ours.
    func reset() throws(DatabaseError) {
        isClean = false
        let isHeld = try connection.execute(resetSQL).flag(0, 0)
        try noteReset(isLockHeld: isHeld)
    }

    func noteReset(isLockHeld isHeld: Bool) throws(DatabaseError) {
        guard isHeld else {
            throw DatabaseError(
                .lockLost, "the migration lock is no longer held by this session",
                help: ["look for pg_advisory_unlock_all in the migrations"])
        }
        isClean = true
        lockSeenAt = .now
    }

    /// Before anything is done in the session: clean, and the lock ours, as seen a moment ago.
    func makeReady() throws(DatabaseError) {
        guard isLockHeld else {
            throw DatabaseError(.lockLost, "the migration lock is not held")
        }
        if !isClean || ContinuousClock.now - lockSeenAt > .seconds(1) { try reset() }
    }
}
