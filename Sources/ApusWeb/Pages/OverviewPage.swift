import ApusCore
import ApusEngine
import Hummingbird

/// Where the database stands, at a glance, and what can be done about it.
struct OverviewPage: Sendable {
    struct Row: Sendable {
        var version: String
        var name: String
        var href: String
        var state: Tone
        var when: String?
        var who: String?
        var time: String?
        var undo: String?
    }

    struct Fact: Sendable {
        var label: String
        var value: String
        var note: Tone?
        var href: String?
    }

    var notices: [Notice]
    var facts: [Fact]
    var timeline: String
    var hasTimeline: Bool
    var points: [[String: String]]
    var actions: Actions
    var rows: [Row]
    var isEmpty: Bool
    var paging: Paging?
    var readAt: String

    static let routes = [
        Route(.pages, .get, "", .look) { exchange in
            let sight = try await exchange.site.states.currentOrLast()
            let page = OverviewPage(sight, exchange, number: try Paging.number(exchange))
            return exchange.page("overview", page, title: "Overview")
        }
    ]

    init(_ sight: StateReader.Sight, _ exchange: Exchange, number: Int) {
        let state = sight.overview.state
        let catalogue = exchange.site.migrator.catalogue
        let now = exchange.site.migrator.now()
        notices = Notice.all(sight, exchange)
        let timeline = Timeline(state, catalogue)
        self.timeline = timeline.points.isEmpty ? "" : timeline.svg
        hasTimeline = !timeline.points.isEmpty
        points = timeline.points.map {
            ["version": $0.version.description, "kind": $0.kind.word, "title": $0.title ?? ""]
        }
        let actions = Actions(sight, exchange)
        self.actions = actions
        let newestFirst = state.migrations.reversed()
        let slice = Paging.slice(newestFirst, number: number)
        rows = slice.map { Row($0, exchange, canAct: actions.isOn) }
        isEmpty = newestFirst.isEmpty
        paging = Paging(newestFirst.count, number: number, path: exchange.page())
        facts = Self.facts(sight, exchange, now)
        readAt = Words.moment(sight.readAt)
    }

    private static func upToDate(_ state: DatabaseState) -> String {
        guard let target = state.targetVersion, !state.beyondTarget.isEmpty else {
            return "up to date"
        }
        return "up to the target \(target)"
    }

    private static func facts(
        _ sight: StateReader.Sight, _ exchange: Exchange, _ now: Timestamp
    ) -> [Fact] {
        let state = sight.overview.state
        let pending = state.pending.count + state.count(of: .late)
        var facts = [
            Fact(label: "Database", value: Words.version(state.version), note: nil),
            Fact(
                label: "Application", value: state.application?.description ?? "not declared",
                note: Tone(state.compatibility.verdict)),
            Fact(
                label: "Pending", value: pending == 0 ? "none" : Words.count(pending, "migration"),
                note: pending == 0
                    ? Tone("good", "✓", upToDate(state)) : Tone("next", "▲", "to be applied")),
        ]
        if let backup = sight.backups.first {
            facts.append(
                Fact(
                    label: "Last backup", value: Moments.ago(backup.takenAt, now),
                    note: Tone(backup)))
        } else {
            facts.append(Fact(label: "Last backup", value: "none yet", note: nil))
        }
        if let run = sight.overview.runs.first {
            let isLive = sight.overview.liveRun?.id == run.id
            facts.append(
                Fact(
                    label: "Last run", value: "#\(run.id) \(Words.ago(run.startedAt, now))",
                    note: Tone(run.status, isLive: isLive), href: exchange.page("/runs/\(run.id)")))
        } else {
            facts.append(Fact(label: "Last run", value: "none yet", note: nil))
        }
        return facts
    }
}

extension OverviewPage.Row {
    init(_ migration: MigrationState, _ exchange: Exchange, canAct: Bool) {
        version = migration.id.version.description
        name = migration.id.name
        href = exchange.page("/migrations/\(migration.id.description.pathEncoded)")
        state = Tone(migration.status)
        when = migration.applied.map { Words.moment($0.appliedAt) }
        who = migration.applied.map(\.appliedBy)
        time = migration.applied.map { $0.isBaseline ? "baseline" : Words.duration($0.duration) }
        let isThere = migration.applied != nil || migration.unfinished != nil
        undo =
            canAct && isThere && migration.canRollBack
            ? exchange.page("/plan?undo=\(migration.id.version.description.queryEncoded)") : nil
    }
}
