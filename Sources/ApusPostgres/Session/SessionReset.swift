import ApusCore
import ApusEngine

extension PostgresSession {
    /// SQL commands that clean the session.
    var cleaning: [String] { SessionSettings.reset + settings.assignments }

    /// SQL that asks whether the lock is still ours, what settings are stored for new sessions, and
    /// whether there are event triggers.
    var inspection: String { "\(lockCheckSQL), \(storedSettingsSQL), \(Self.eventTriggers)" }

    /// SQL that fails unless the lock is still ours, nothing new is stored for sessions, and there are no
    /// event triggers where there were none: one is divided by how often all are so.
    var gate: String {
        var conditions = [lockRows]
        if mayHaveStoredSettings, let storedSettings {
            conditions.append("\(settingsQuestions.fingerprint) = \(storedSettings.sqlLiteral)")
        }
        if !hasEventTriggers { conditions.append("NOT \(Self.eventTriggers)") }
        return "SELECT 1 / pg_catalog.count(*) \(conditions.joined(separator: " AND "))"
    }

    /// SQL for whether any definition runs a function of somebody's.
    private static let eventTriggers =
        "EXISTS (SELECT FROM pg_catalog.pg_event_trigger e WHERE e.evtenabled <> 'D')"

    /// Gives the session its settings for the first time.
    func applySettings() throws(DatabaseError) {
        let connection = try connection
        if let error = connection.batch(settings.assignments.script).error {
            guard settings.canCheckClient, error.code != .connectionLost else { throw error }
            // Not every platform's server can watch its client.
            settings.canCheckClient = false
            try connection.execute(settings.assignments.script)
        }
        let answer = try connection.execute(
            "SELECT \(settingsQuestions.fingerprint), \(Self.eventTriggers)")
        storedSettings = answer.text(0, 0)
        hasEventTriggers = answer.flag(0, 1)
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
        hasEventTriggers = answer.flag(0, 2)
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
