import ApusCore
import ApusEngine

/// Something that whoever opens a page should know first.
struct Notice: Sendable {
    var tone: String
    var glyph: String
    /// For those who do not see the colour: `Note`, `Warning`, `Problem`.
    var word: String
    var heading: String
    var text: String?
    var lines: [String]
    var hasLines: Bool
    var linkLabel: String?
    var linkHref: String?

    init(
        _ tone: String, _ heading: String, text: String? = nil, lines: [String] = [],
        link: (label: String, href: String)? = nil
    ) {
        self.tone = tone
        (glyph, word) =
            switch tone {
            case "bad": ("✗", "Problem")
            case "warn": ("▲", "Warning")
            case "live": ("◐", "Going on")
            default: ("●", "Note")
            }
        self.heading = heading
        self.text = text
        self.lines = lines
        hasLines = !lines.isEmpty
        linkLabel = link?.label
        linkHref = link?.href
    }

    /// That a page shows an old state, and why; empty where it does not.
    static func old(_ sight: StateReader.Sight) -> [Notice] {
        guard let failure = sight.failure else { return [] }
        return [
            Notice(
                "bad",
                failure.isConnection
                    ? "The database cannot be reached" : "The state cannot be read just now",
                text:
                    "This is how it was at \(Words.moment(sight.readAt)) UTC, when it was last seen.",
                lines: failure.all.map(\.message))
        ]
    }

    /// What is to be said about a database, the gravest first.
    static func all(_ sight: StateReader.Sight, _ exchange: Exchange) -> [Notice] {
        let state = sight.overview.state
        var notices = old(sight)
        if let failure = sight.backupFailure {
            notices.append(
                Notice(
                    "warn", "The backups cannot be listed", lines: failure.all.map(\.message)))
        }
        if let run = sight.overview.liveRun, sight.isCurrent {
            notices.append(
                Notice(
                    "live", "Run \(run.id) is going on", text: run.summary,
                    link: ("Watch it", exchange.page("/runs/\(run.id)"))))
        } else if let job = exchange.site.jobs.goingOn {
            notices.append(
                Notice(
                    "live", job, link: ("Backups", exchange.page("/backups"))))
        } else if sight.overview.activity != nil, sight.isCurrent {
            notices.append(
                Notice(
                    "live", "Another process holds the migration lock",
                    text: sight.overview.activity.map(Self.holder)))
        } else if let lost = sight.overview.runs.first, lost.status == .running {
            notices.append(
                Notice(
                    "warn", "Run \(lost.id) lost its process",
                    text:
                        "Nobody works on it any more. What it had not finished was rolled back, or is listed as unfinished; the next run closes it.",
                    link: ("Look at it", exchange.page("/runs/\(lost.id)"))))
        }
        notices += scheduled(sight, exchange)
        for migration in state.migrations {
            guard let unfinished = migration.unfinished else { continue }
            notices.append(
                Notice(
                    "warn",
                    "\(migration.id.title) stopped midway: \(unfinished.statementsDone) of \(unfinished.statementCount) statements are done",
                    text:
                        "It runs without a transaction, so what was done stays. Remove the cause, then go on or take it back.",
                    lines: [
                        "Go on at statement \(unfinished.statementsDone + 1): review and run below, or `apus migrate`",
                        "Take it back: undo it below, or `apus rollback \(migration.id.version)`",
                    ]))
        }
        for progress in state.history.incomplete {
            let title = progress.migration.title
            notices.append(
                progress.state == .open
                    ? Notice(
                        "calm", "The batches of \(title) are not complete yet",
                        link: ("Data", exchange.page("/data")))
                    : Notice(
                        "warn", "The batches of \(title) are \(progress.state.rawValue)",
                        text: progress.message, link: ("Data", exchange.page("/data"))))
        }
        for finding in state.drift where finding.severity == .error {
            notices.append(
                Notice("bad", finding.message, text: finding.help.first, lines: finding.details))
        }
        for problem in state.problems {
            notices.append(
                Notice(
                    "bad", problem.message, text: problem.location?.description,
                    lines: problem.help))
        }
        switch state.compatibility.verdict {
        case .compatible: break
        case .databaseAhead:
            notices.append(
                Notice(
                    "calm", "The database is ahead of this application, and serves it",
                    text: state.compatibility.reasons.first))
        case .databaseTooOld, .applicationTooOld:
            notices.append(
                Notice(
                    "bad", Tone(state.compatibility.verdict).word.capitalizedFirst,
                    lines: state.compatibility.reasons))
        }
        return notices
    }

    /// What waits for its confirmation or its time, and what was not run.
    private static func scheduled(_ sight: StateReader.Sight, _ exchange: Exchange) -> [Notice] {
        let now = exchange.site.migrator.now()
        let entries = sight.overview.state.schedule
        let open = entries.filter(\.isOpen).sorted { $0.draft.notBefore < $1.draft.notBefore }
        return open.map { entry in
            guard let run = entry.draft.reverts else {
                return Notice(
                    "calm", "Scheduled: \(entry.draft.summary)",
                    text: "\(ScheduleEntryPage.span(entry)) (\(entry.draft.said))",
                    link: ("Look at it", exchange.page("/schedule/\(entry.id)")))
            }
            let left = Duration.microseconds(
                entry.draft.notBefore.microseconds - now.microseconds)
            let time = left > .zero ? "in \(left.inWholeUnits)" : "now"
            return Notice(
                "warn", "Run \(run) is taken back \(time) unless it is confirmed",
                text: entry.draft.summary,
                link: ("Look at it, and confirm", exchange.page("/runs/\(run)")))
        }
            + ScheduleEntry.reports(entries, now: now).map { report in
                Notice("warn", report.message.capitalizedFirst, lines: report.details + report.help)
            }
    }

    private static func holder(_ activity: RunActivity) -> String {
        Words.holder(
            LockHolder(
                processID: activity.processID, user: activity.user,
                application: activity.application, state: activity.state, since: activity.since))
    }
}

extension Diagnostics {
    /// Whether it is the database that could not be reached, and nothing else.
    var isConnection: Bool { all[0].code.outcome == .connection }
}

extension String {
    var capitalizedFirst: String { prefix(1).uppercased() + dropFirst() }
}
