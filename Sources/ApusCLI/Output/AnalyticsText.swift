import ApusCore
import ApusEngine

/// `apus analytics`, for people.
struct AnalyticsText {
    let analytics: Analytics
    let console: Console

    private static let most = 10

    func print() {
        console.print(summary)
        durations()
        for figures in analytics.environments {
            let place = analytics.environments.count > 1 ? " in \(figures.environment)" : ""
            failures(figures, place)
            backups(figures, place)
            lockWaits(figures, place)
            dataMigrations(figures, place)
            releases(figures, place)
        }
        forecast()
    }

    private var summary: String {
        let runs = analytics.own.runs
        let succeeded = runs.count { $0.status == "succeeded" }
        guard let series = DurationSeries(runs.map(\.duration)) else { return "No runs yet." }
        var parts = [
            "\(Wording.count(runs.count, "run")), \(succeeded) succeeded",
            "median \(Wording.duration(series.median))",
            "longest \(Wording.duration(series.longest))",
        ]
        let flagged = runs.filter(\.isFlagged)
        if let last = flagged.last {
            parts.append(
                console.paint(
                    "▲ \(flagged.count) above three times the median, the last run \(last.run)",
                    .warning))
        }
        return parts.joined(separator: " · ")
    }

    private func durations() {
        let slowest = analytics.slowest(Self.most)
        if slowest.isEmpty { return }
        console.print()
        console.print("Slowest")
        let titles = slowest.map { "\($0.work.migration.title) \($0.work.direction.rawValue)" }
        let width = titles.map(\.count).max() ?? 0
        for (title, entry) in zip(titles, slowest) {
            let work = entry.work
            var parts = [
                "median \(Wording.duration(work.median))",
                "longest \(Wording.duration(work.longest))", "\(Wording.count(work.count, "time"))",
            ]
            if analytics.environments.count > 1 {
                let figures = analytics.environments[entry.environment]
                parts.append("\(figures.environment), \(figures.engine.displayName)")
            }
            if let trend = work.trend, trend >= 1.5 {
                parts.append(
                    console.paint("▲ \(Self.factor(trend)) times what it was", .warning))
            }
            if work.flagged > 0 {
                parts.append(
                    console.paint("▲ \(work.flagged) above three times the median", .warning))
            }
            if work.failures > 0 {
                parts.append(
                    console.paint("✗ failed \(Wording.count(work.failures, "time"))", .bad))
            }
            console.answer("  \(Wording.padded(title, width))  \(parts.joined(separator: " · "))")
        }
        let rest = analytics.environments.reduce(0) { $0 + $1.work.count } - slowest.count
        if rest > 0 { console.print("  \(rest) more: apus analytics --csv") }
    }

    private func failures(_ figures: EnvironmentFigures, _ place: String) {
        if figures.failures.isEmpty { return }
        console.print()
        console.print("Failures\(place)")
        for failure in figures.failures {
            console.answer(
                "  \(console.paint("✗", .bad)) \(failure.code)  \(Wording.count(failure.count, "time")), the last in run \(failure.lastRun), \(Wording.moment(failure.lastAt))"
            )
        }
    }

    private func backups(_ figures: EnvironmentFigures, _ place: String) {
        guard let backups = figures.backups else { return }
        console.print()
        console.print("Backups\(place)")
        console.answer(
            "  \(Wording.count(backups.count, "backup")) · median \(Wording.duration(backups.median)) · longest \(Wording.duration(backups.longest)) · the last \(Wording.bytes(backups.lastBytes)) in \(Wording.duration(backups.lastDuration)), the first \(Wording.bytes(backups.firstBytes))"
        )
    }

    private func lockWaits(_ figures: EnvironmentFigures, _ place: String) {
        if figures.lockWaits.isEmpty { return }
        console.print()
        console.print("Waits for locks\(place)")
        let waits = figures.lockWaits.prefix(Self.most)
        let titles = waits.map { "\($0.migration.title) \($0.direction.rawValue)" }
        let width = titles.map(\.count).max() ?? 0
        for (title, wait) in zip(titles, waits) {
            var parts = [
                "\(Wording.duration(wait.total)) in \(Wording.count(wait.runs, "run"))",
                "longest \(Wording.duration(wait.longest))",
            ]
            if wait.retries > 0 {
                parts.append("tried again \(Wording.count(wait.retries, "time"))")
            }
            parts.append(
                "the last in run \(wait.lastRun)\(wait.lastHolder.map { ", for \($0)" } ?? "")")
            console.answer("  \(Wording.padded(title, width))  \(parts.joined(separator: " · "))")
        }
        let rest = figures.lockWaits.count - waits.count
        if rest > 0 { console.print("  \(rest) more: apus analytics --csv") }
    }

    private func dataMigrations(_ figures: EnvironmentFigures, _ place: String) {
        if figures.dataMigrations.isEmpty { return }
        console.print()
        console.print("Data migrations\(place)")
        let width = figures.dataMigrations.map { $0.migration.title.count }.max() ?? 0
        for data in figures.dataMigrations {
            var parts = ["\(data.rows) rows in \(Wording.duration(data.busy))"]
            if let rate = data.rowsASecond {
                parts.append("\(Int(rate.rounded())) rows a second")
            }
            if data.state != .done { parts.append(data.state.rawValue) }
            console.answer(
                "  \(Wording.padded(data.migration.title, width))  \(parts.joined(separator: " · "))"
            )
        }
    }

    private func releases(_ figures: EnvironmentFigures, _ place: String) {
        if figures.arrivals.isEmpty { return }
        console.print()
        console.print("Arrived\(place)")
        let width = figures.arrivals.map { $0.version.description.count }.max() ?? 0
        for arrival in figures.arrivals {
            let since = arrival.sinceRelease.map { time in
                time < .zero
                    ? "  \(Wording.age(.zero - time)) before its release"
                    : "  \(Wording.age(time)) after its release"
            }
            console.answer(
                "  \(Wording.padded(arrival.version.description, width))  \(Wording.moment(arrival.arrivedAt))\(since ?? "")"
            )
        }
    }

    private func forecast() {
        let forecast = analytics.forecast
        if forecast.items.isEmpty { return }
        console.print()
        let unknown = forecast.unknownCount
        let known = forecast.items.count - unknown
        let missing = unknown > 0 ? "; \(unknown) nobody has run" : ""
        console.print(
            known == 0
                ? "Next plan: \(Wording.count(unknown, "migration")) that nobody has run"
                : "Next plan: about \(Wording.duration(forecast.total))\(missing)")
        for item in forecast.items {
            let estimate =
                item.estimate.map {
                    "about \(Wording.duration($0)), from \(item.environment ?? "")"
                } ?? "not known"
            console.answer("  \(item.migration.title)  \(estimate)")
        }
    }

    /// `2.3`
    private static func factor(_ value: Double) -> String {
        let tenths = Int((value * 10).rounded())
        return "\(tenths / 10).\(tenths % 10)"
    }
}
