public import ApusCore

extension Step {
    /// What the journal says of a step that is done although nothing was run; `nil` for one that ran.
    public var journalNote: String? {
        switch (action, direction) {
        case (.run, _): nil
        case (.record, .up): "recorded as applied, nothing was run"
        case (.record, .down): "recorded as not applied, nothing was run"
        case (.accept, _):
            "the file's text was accepted, sha256 \(record?.checksum.short ?? "?")…; nothing was run"
        case (.settle, _): "what was unfinished was settled, nothing was run"
        }
    }

    /// How many statements the journal counts as complete once the step is done.
    public var statementsWhenDone: Int { action == .run ? script.statementCount : 0 }
}
