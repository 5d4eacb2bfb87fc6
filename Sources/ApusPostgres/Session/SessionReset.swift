import ApusCore
import ApusEngine

extension PostgresSession {
    /// SQL commands that clean the session.
    var cleaning: [String] { SessionSettings.reset + settings.assignments }

    /// SQL that asks whether the lock is still ours, and what settings are stored for new sessions.
    var inspection: String { "\(lockCheckSQL), \(storedSettingsSQL)" }

    /// Gives the session its settings for the first time.
    func applySettings() throws(DatabaseError) {
        let connection = try connection
        if let error = connection.batch(settings.assignments.script).error {
            guard settings.canCheckClient, error.code != .connectionLost else { throw error }
            // Not every platform's server can watch its client.
            settings.canCheckClient = false
            try connection.execute(settings.assignments.script)
        }
        storedSettings = try connection.execute("SELECT \(settingsQuestions.fingerprint)").text(
            0, 0)
    }

    /// Cleans the session after a migration, and makes sure that the lock is still ours.
    func reset() throws(DatabaseError) {
        isClean = false
        try noteReset(try connection.execute((cleaning + [inspection]).script))
    }

    /// Takes the answer to ``inspection`` of a session that was cleaned.
    func noteReset(_ answer: Rows) throws(DatabaseError) {
        guard answer.flag(0, 0) else {
            throw DatabaseError(
                .lockLost, "the migration lock is no longer held by this session",
                help: ["look for pg_advisory_unlock_all in the migrations"])
        }
        try followStoredSettings(answer.text(0, 1))
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
