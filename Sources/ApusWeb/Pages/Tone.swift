import ApusCore
import ApusEngine

/// A state for people: a colour's class, a glyph, and always a word.
struct Tone: Sendable {
    /// The class: `good`, `next`, `calm`, `warn`, `bad`.
    var tone: String
    var glyph: String
    var word: String

    init(_ tone: String, _ glyph: String, _ word: String) {
        self.tone = tone
        self.glyph = glyph
        self.word = word
    }

    init(_ status: MigrationState.Status) {
        self =
            switch status {
            case .applied: Tone("good", "✓", "applied")
            case .pending: Tone("next", "○", "pending")
            case .unfinished: Tone("warn", "◐", "unfinished")
            case .late: Tone("warn", "▲", "late")
            case .missing: Tone("warn", "▲", "file missing")
            case .changed: Tone("bad", "✗", "edited")
            case .invalid: Tone("bad", "✗", "invalid file")
            }
    }

    init(_ verdict: Compatibility.Verdict) {
        self =
            switch verdict {
            case .compatible: Tone("good", "✓", "compatible")
            case .databaseAhead: Tone("calm", "●", "database ahead, compatible")
            case .databaseTooOld: Tone("bad", "✗", "database too old")
            case .applicationTooOld: Tone("bad", "✗", "application too old")
            }
    }

    /// - Parameter isLive: Whether somebody works on it; an open run without anybody was abandoned.
    init(_ status: RunStatus, isLive: Bool) {
        self =
            switch status {
            case .running where isLive: Tone("live", "◐", "running")
            case .running: Tone("warn", "▲", "abandoned")
            case .succeeded: Tone("good", "✓", "succeeded")
            case .failed: Tone("bad", "✗", "failed")
            case .interrupted: Tone("warn", "▲", "interrupted")
            }
    }
}
