public import ApusCore

extension Step {
    /// What the journal says of a step that is done although nothing was run, or whose batches are still
    /// to be done; `nil` for one that ran to its end.
    public var journalNote: String? {
        switch (action, direction) {
        case (.run, .up) where leavesBatches: Self.leftBatchesNote
        case (.run, _): nil
        case (.record, .up): "recorded as applied, nothing was run"
        case (.record, .down): "recorded as not applied, nothing was run"
        case (.accept, _):
            "the file's text was accepted, sha256 \(record?.checksum.short ?? "?")…; nothing was run"
        case (.settle, _): "what was unfinished was settled, nothing was run"
        }
    }

    /// Of a step whose duration is not that of its batches.
    public static let leftBatchesNote = "its batches were left to the background"

    /// How many statements the journal counts as complete once the step is done.
    public var statementsWhenDone: Int { action == .run ? script.statementCount : 0 }
}
