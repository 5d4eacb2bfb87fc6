import ApusCore
import ApusEngine

/// The parts of the page of analytics: what each table holds, and what its picture shows.
struct AnalyticsTables {
    let analytics: Analytics
    /// Where a page is, below the mount path; of other environments nothing has one here.
    let page: (String) -> String

    private static let most = 12
    private static let mostRuns = 60

    /// Those that have something to show, in the order of the page.
    var all: [FiguresTable] {
        analytics.environments.indices.compactMap(runs)
            + [
                forecast, slowest, failures, lockWaits, dataMigrations, arrivals, backups,
            ].compactMap(\.self)
    }

    private var severalEnvironments: Bool { analytics.environments.count > 1 }

    /// Of figures of all environments: each with the number of the environment that it is of.
    private func everywhere<Figure>(
        _ figures: KeyPath<EnvironmentFigures, [Figure]>
    ) -> [(environment: Int, figure: Figure)] {
        analytics.environments.enumerated().flatMap { index, environment in
            environment[keyPath: figures].map { (index, $0) }
        }
    }

    private func environment(_ index: Int) -> String { analytics.environments[index].environment }

    /// Behind a name, where there are several environments.
    private func place(_ index: Int) -> String {
        severalEnvironments ? " · \(environment(index))" : ""
    }

    // The first environment is this one: only of it there are pages here.

    private func link(_ id: MigrationID, in environment: Int) -> String? {
        environment == 0 ? page("/migrations/\(id.description.pathEncoded)") : nil
    }

    private func link(_ run: RunID, in environment: Int) -> String? {
        environment == 0 ? page("/runs/\(run)") : nil
    }

    private static func more(_ count: Int, _ shown: Int) -> String? {
        count > shown ? "\(count - shown) more: apus analytics --csv" : nil
    }

    // MARK: Runs

    private func runs(_ index: Int) -> FiguresTable? {
        let figures = analytics.environments[index]
        if figures.runs.isEmpty { return nil }
        let picture = RunDotsPicture(
            figures.runs, of: figures.environment, id: "rundots-\(index + 1)")
        let shown = figures.runs.suffix(Self.mostRuns).reversed()
        return FiguresTable(
            "runs-\(index + 1)",
            "How long the runs took" + (severalEnvironments ? ", \(figures.environment)" : ""),
            columns: ["Run", "State", "What", "When", "#Time", "Remark"],
            rows: shown.map { dot in
                [
                    .init("#\(dot.run)", href: link(dot.run, in: index)),
                    .init(
                        RunStatus(rawValue: dot.status).map { Tone($0, isLive: false) }
                            ?? Tone("calm", "●", dot.status)), .init(dot.kind),
                    .init(Words.moment(dot.startedAt)), .init(Words.duration(dot.duration)),
                    dot.isFlagged
                        ? .init(Tone("warn", "▲", "above three times the median")) : "",
                ]
            },
            more: figures.runs.count > shown.count
                ? "\(figures.runs.count - shown.count) earlier runs: apus analytics --json" : nil,
            picture: picture.svg,
            legend: figures.runs.count > picture.dots.count
                ? "\(RunDotsPicture.legend). The latest \(picture.dots.count) of \(figures.runs.count) runs."
                : "\(RunDotsPicture.legend).", isFolded: true)
    }

    // MARK: Migrations

    private var slowest: FiguresTable? {
        let shown = analytics.slowest(Self.most)
        if shown.isEmpty { return nil }
        let count = analytics.environments.reduce(0) { $0 + $1.work.count }
        return FiguresTable(
            "slowest", "Slowest migrations",
            columns: ["Migration", "#Median", "#Longest", "#Last", "#Times", "Remark"],
            rows: shown.map { index, work in
                [
                    .init(
                        name(work.migration, work.direction, index),
                        href: link(work.migration, in: index)),
                    .init(Words.duration(work.median)), .init(Words.duration(work.longest)),
                    .init(Words.duration(work.last)), .init("\(work.count)"), .init(remark(work)),
                ]
            }, more: Self.more(count, shown.count),
            picture: BarsPicture(
                id: "slowest-bars", title: "The slowest migrations",
                bars: shown.map { index, work in
                    BarsPicture.Bar(
                        label: name(work.migration, work.direction, index),
                        value: work.median / .seconds(1), greatest: work.longest / .seconds(1),
                        text: (work.flagged > 0 ? "▲ " : "") + Words.duration(work.median),
                        tone: work.flagged > 0 ? .warn : .plain)
                }
            ).svg,
            legend:
                "A bar is the median, the line behind it leads to the longest, as far as there is room. ▲ took more than three times its median at least once."
        )
    }

    private func name(
        _ id: MigrationID, _ direction: Direction, _ environment: Int
    ) -> String {
        "\(id.title)\(direction == .down ? " down" : "")\(place(environment))"
    }

    private func remark(_ work: EnvironmentFigures.Work) -> String {
        var parts: [String] = []
        if let trend = work.trend, trend >= 1.5 {
            let tenths = Int((trend * 10).rounded())
            parts.append("▲ takes \(tenths / 10).\(tenths % 10) times what it did")
        }
        if work.flagged > 0 { parts.append("▲ \(work.flagged) above three times the median") }
        if work.failures > 0 { parts.append("✗ failed \(Words.count(work.failures, "time"))") }
        return parts.joined(separator: ", ")
    }

    private var forecast: FiguresTable? {
        let forecast = analytics.forecast
        if forecast.items.isEmpty { return nil }
        return FiguresTable(
            "forecast", "The next plan",
            note:
                "What the same migrations took here before, or else longest in the other environments.",
            columns: ["Migration", "#About", "Measured in"],
            rows: forecast.items.prefix(Self.mostRuns).map { item in
                [
                    .init(item.migration.title, href: link(item.migration, in: 0)),
                    .init(item.estimate.map(Words.duration) ?? "not known"),
                    .init(item.environment ?? "nobody has run it"),
                ]
            }, more: Self.more(forecast.items.count, Self.mostRuns))
    }

    private var dataMigrations: FiguresTable? {
        let all = everywhere(\.dataMigrations)
        if all.isEmpty { return nil }
        let shown = all.suffix(Self.most)
        func label(_ entry: (Int, EnvironmentFigures.DataMigrationRate)) -> String {
            "\(entry.1.migration.title)\(place(entry.0))"
        }
        return FiguresTable(
            "data", "Rows a second of data migrations",
            columns: ["Migration", "State", "#Rows", "#Time in batches", "#Rows a second"],
            rows: shown.map { index, data in
                [
                    .init(label((index, data)), href: link(data.migration, in: index)),
                    .init(DataPage.tone(data.state)), .init(Words.number(data.rows)),
                    .init(Words.duration(data.busy)),
                    .init(data.rowsASecond.map { Words.number(Int($0.rounded())) }),
                ]
            }, more: Self.more(all.count, shown.count),
            picture: BarsPicture(
                id: "data-bars", title: "Rows a second of data migrations",
                bars: shown.map { index, data in
                    BarsPicture.Bar(
                        label: label((index, data)), value: data.rowsASecond ?? 0,
                        text: data.rowsASecond.map {
                            "\(Words.number(Int($0.rounded()))) a second"
                        }
                            ?? "no rows yet")
                }
            ).svg)
    }

    // MARK: What went wrong

    private var failures: FiguresTable? {
        let all = everywhere(\.failures)
        if all.isEmpty { return nil }
        return FiguresTable(
            "failures", "Failures",
            note: "apus explain CODE says what one means and what can be done.",
            columns: ["Code", "#Times", "Last run", "When"],
            rows: all.map { index, failure in
                [
                    .init("\(failure.code)\(place(index))"), .init("\(failure.count)"),
                    .init("#\(failure.lastRun)", href: link(failure.lastRun, in: index)),
                    .init(Words.moment(failure.lastAt)),
                ]
            },
            picture: BarsPicture(
                id: "failure-bars", title: "Failures by code",
                bars: all.prefix(Self.most).map { index, failure in
                    BarsPicture.Bar(
                        label: "\(failure.code)\(place(index))", value: Double(failure.count),
                        text: "✗ \(Words.count(failure.count, "time"))", tone: .bad)
                }
            ).svg)
    }

    private var lockWaits: FiguresTable? {
        let all = everywhere(\.lockWaits).sorted { $0.figure.total > $1.figure.total }
        if all.isEmpty { return nil }
        let shown = all.prefix(Self.most)
        return FiguresTable(
            "locks", "Waits for locks",
            columns: ["Migration", "#Waited", "#Longest", "#Runs", "#Tried again", "Last", "For"],
            rows: shown.map { index, wait in
                [
                    .init(
                        name(wait.migration, wait.direction, index),
                        href: link(wait.migration, in: index)),
                    .init(Words.duration(wait.total)), .init(Words.duration(wait.longest)),
                    .init("\(wait.runs)"), .init("\(wait.retries)"),
                    .init("#\(wait.lastRun)", href: link(wait.lastRun, in: index)),
                    .init(wait.lastHolder),
                ]
            }, more: Self.more(all.count, shown.count),
            picture: BarsPicture(
                id: "lock-bars", title: "Waits for locks",
                bars: shown.map { index, wait in
                    BarsPicture.Bar(
                        label: name(wait.migration, wait.direction, index),
                        value: wait.total / .seconds(1), text: Words.duration(wait.total))
                }
            ).svg)
    }

    // MARK: Releases and backups

    private var arrivals: FiguresTable? {
        let all = everywhere(\.arrivals).sorted { $0.figure.version < $1.figure.version }
        if all.isEmpty { return nil }
        let shown = all.suffix(Self.most)
        let known = shown.filter { $0.figure.sinceRelease != nil }
        return FiguresTable(
            "arrivals", "From release to arrival",
            columns: ["Version", "Environment", "Arrived", "#After its release"],
            rows: shown.map { index, arrival in
                [
                    .init(arrival.version.description), .init(environment(index)),
                    .init(Words.moment(arrival.arrivedAt)), .init(Self.since(arrival)),
                ]
            }, more: Self.more(all.count, shown.count),
            picture: known.isEmpty
                ? nil
                : BarsPicture(
                    id: "arrival-bars", title: "Time from release to arrival",
                    bars: known.map { index, arrival in
                        BarsPicture.Bar(
                            label: "\(arrival.version)\(place(index))",
                            value: max(0, (arrival.sinceRelease ?? .zero) / .seconds(1)),
                            text: Self.since(arrival))
                    }
                ).svg)
    }

    private static func since(_ arrival: EnvironmentFigures.Arrival) -> String {
        guard let time = arrival.sinceRelease else { return "release day not known" }
        return time < .zero ? "\(Words.duration(.zero - time)) before" : Words.duration(time)
    }

    private var backups: FiguresTable? {
        let all = analytics.environments.compactMap { figures in
            figures.backups.map { (figures, $0) }
        }
        if all.isEmpty { return nil }
        return FiguresTable(
            "backups", "Backups",
            columns: [
                "Environment", "#Backups", "#Median", "#Longest", "#Last took", "#Last size",
                "#First size",
            ],
            rows: all.map { figures, backups in
                [
                    .init(figures.environment), .init("\(backups.count)"),
                    .init(Words.duration(backups.median)), .init(Words.duration(backups.longest)),
                    .init(Words.duration(backups.lastDuration)),
                    .init(Words.bytes(backups.lastBytes)), .init(Words.bytes(backups.firstBytes)),
                ]
            })
    }
}
