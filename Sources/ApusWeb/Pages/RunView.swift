import ApusCore
import ApusEngine

/// A run as it is seen at one moment: what the page shows, and what its event stream sends.
struct RunView: Sendable {
    struct StepView: Sendable {
        var state: Tone
        var title: String
        var verb: String
        var note: String?
        var message: String?
    }

    struct Wait: Sendable {
        var who: String
        var facts: String
        var help: String?
    }

    struct LogLine: Sendable {
        var time: String
        var text: String
        var isProblem: Bool
    }

    var state: Tone
    var isLive: Bool
    var isOurs: Bool
    var elapsed: String
    var steps: [StepView]
    var hidden: String?
    var done: Int
    var total: Int
    var hasTotal: Bool
    var statement: String?
    var statementNote: String?
    var phase: String?
    /// 0 to 100.
    var percent: Int?
    var waits: [Wait]
    var isWaiting: Bool
    var lines: [LogLine]
    var hasLines: Bool
    var cut: String?
    var failure: DiagnosticView?
    var failureText: String?
    var unreachable: String?

    init(_ sight: RunSight, _ log: RunLog.Content?, now: Timestamp, failure: Diagnostics? = nil) {
        let record = sight.record
        isLive = sight.isLive
        isOurs = log.map { !$0.isOver } ?? false
        state = Tone(record.status, isLive: isLive)
        let end = record.endedAt ?? now
        elapsed = Words.duration(
            .microseconds(max(0, end.microseconds - record.startedAt.microseconds)))
        let all = RunSteps(record, log).views
        steps = RunSteps.window(all)
        hidden =
            steps.count < all.count
            ? "\(Words.count(all.count - steps.count, "step")) not shown here; the log has all that ran."
            : nil
        done = all.count { $0.state.tone == "good" }
        total = all.count
        hasTotal = total > 0
        let activity = isLive ? sight.activity : nil
        statement = Self.isStep(activity, log) ? activity?.statement.flatMap(Self.statement) : nil
        statementNote = Self.statementNote(log, activity)
        let progress = log?.progress ?? activity?.progress
        phase = progress?.phase ?? log?.backup.map { "backup \($0)" }
        percent = progress?.fraction.map { Int(($0 * 100).rounded(.down)) }
        waits = (activity?.blockers ?? []).map(Wait.init)
        isWaiting = !waits.isEmpty
        let allLines = Self.lines(record, log)
        lines = Array(allLines.suffix(Self.mostLines))
        hasLines = !lines.isEmpty
        cut =
            allLines.count > Self.mostLines
            ? "\(Words.count(allLines.count - Self.mostLines, "earlier line")) in the download"
            : nil
        let told = log == nil ? Self.failure(record, done: done, of: total) : log?.failure
        self.failure = told.map(DiagnosticView.init)
        failureText = self.failure == nil ? record.failureMessage : nil
        unreachable = failure?.all.first?.message
    }

    private static let mostLines = 200

    /// What a run of another process failed with, as far as the database knows it: its place in the
    /// file only that process could tell.
    private static func failure(_ record: RunRecord, done: Int, of total: Int) -> Diagnostic? {
        guard let code = record.failureCode.flatMap(DiagnosticCode.init),
            let message = record.failureMessage
        else { return nil }
        return Diagnostic(
            code, message,
            state: total > 0 ? "\(done) of \(Words.count(total, "step")) done" : nil,
            help: code.explanation.steps)
    }

    /// Whether the statement that the server tells of is one of a step, and goes on: between steps it
    /// is one of Apus's own.
    private static func isStep(_ activity: RunActivity?, _ log: RunLog.Content?) -> Bool {
        guard let activity, activity.state != "idle" else { return false }
        return log.map { $0.isOver || $0.step != nil } ?? true
    }

    /// The first lines of a statement.
    private static func statement(_ text: String) -> String? {
        let trimmed = TextLines.of(text).filter { !$0.isEmpty }.prefix(6).joined(
            separator: "\n")
        return trimmed.isEmpty ? nil : String(trimmed.prefix(400))
    }

    private static func statementNote(_ log: RunLog.Content?, _ activity: RunActivity?) -> String? {
        var notes: [String] = []
        if let statement = log?.statement {
            notes.append("statement \(statement.index + 1) of \(statement.of)")
        }
        if let since = activity?.since, activity?.state == "active" {
            notes.append("for \(Words.duration(since))")
        }
        return notes.isEmpty ? nil : notes.joined(separator: " · ")
    }

    /// The log: what this process told, else what the journal keeps.
    static func lines(_ record: RunRecord, _ log: RunLog.Content?) -> [LogLine] {
        if let log {
            return log.lines.map {
                LogLine(time: Words.time($0.at), text: $0.text, isProblem: $0.isProblem)
            }
        }
        var lines = [
            LogLine(
                time: Words.time(record.startedAt), text: "run \(record.id): \(record.summary)",
                isProblem: false)
        ]
        if let backup = record.backupName {
            lines.append(
                LogLine(
                    time: Words.time(record.startedAt), text: "backup \(backup)", isProblem: false))
        }
        lines += record.journal.flatMap { entry in
            let locks = entry.status == .settled ? [] : record.locks.filter { $0.isOf(entry) }
            return
                ([(JournalText.sentence(entry), entry.status == .failed)]
                + locks.flatMap(JournalText.sentences).map { ($0, false) })
                .map { text, isProblem in
                    LogLine(time: Words.time(entry.startedAt), text: text, isProblem: isProblem)
                }
        }
        if let end = record.endedAt {
            lines.append(
                LogLine(
                    time: Words.time(end), text: record.failureMessage ?? record.status.rawValue,
                    isProblem: record.status != .succeeded))
        }
        return lines
    }
}

extension RunView.Wait {
    init(_ holder: LockHolder) {
        who = holder.processID.map { "pid \($0)" } ?? "another process"
        facts = [
            holder.user.map { "user \($0)" }, holder.application, holder.state,
            holder.since.map { "for \(Words.duration($0))" },
        ].compactMap { $0?.isEmpty == false ? $0 : nil }.joined(separator: " · ")
        help = holder.processID.map { "SELECT pg_terminate_backend(\($0));" }
    }
}
