import ApusCore
import ApusEngine
import ArgumentParser

/// When something is to be run.
struct TimingOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "One moment: 2026-03-29T02:30+01:00, \"2026-03-29 02:30 Europe/Ljubljana\", or +2h.",
            valueName: "time"))
    var at: String?

    @Option(
        help: ArgumentHelp(
            "The next window: \"Sun 02:00-04:00 Europe/Ljubljana\", \"daily 03:00-04:00 UTC\".",
            valueName: "window"))
    var window: String?

    @Option(
        help: ArgumentHelp(
            "How late it may begin after --at, such as 1h (15min unless given).",
            valueName: "time"))
    var within: String?

    func validate() throws {
        guard (at == nil) != (window == nil) else {
            throw ValidationError("Give one of --at TIME or --window WINDOW.")
        }
        if within != nil, at == nil { throw ValidationError("--within goes with --at.") }
    }

    func time(now: Timestamp) throws(Diagnostics) -> ScheduleTime {
        if let window { return try ScheduleTime.window(window, now: now) }
        var lateness = ScheduleTime.usualLateness
        if let within { lateness = try Project.duration(within, "--within") }
        return try ScheduleTime.at(at ?? "", lateness: lateness, now: now)
    }
}
