/// What is to be run at its time.
extension Explanation {
    static let timeInvalid = Explanation(
        "A time or a window cannot be read",
        meaning:
            "A time is written with an offset (2026-03-29T02:30+01:00), with a zone (2026-03-29 02:30 Europe/Ljubljana) or from now (+2h); a window with days, times and a zone (Sun 02:00-04:00 Europe/Ljubljana).",
        reason: "A time that is guessed is the wrong one in some other zone.",
        steps: ["write it in one of these forms", "see the options: apus schedule migrate --help"])

    static let timeZoneUnknown = Explanation(
        "There is no time zone of this name",
        meaning:
            "Zones are named as the time zone database names them, AREA/CITY, or UTC. Abbreviations such as CST are refused: they mean different zones to different people.",
        reason: "In another zone the run would begin at another hour.",
        steps: ["take the name that is suggested, or write an offset behind the time"])

    static let timeSkipped = Explanation(
        "The time does not exist: the clocks are set ahead past it",
        meaning:
            "On the day when summer time begins the clocks leave an hour out, and the time lies in it. A window begins when the clocks jump; a single time is refused.",
        reason:
            "Before the jump and after it are two different moments, an hour or so apart for people who planned with a clock.",
        steps: ["give one of the two times that are named"])

    static let timeTwice = Explanation(
        "The time comes twice: the clocks are set back",
        meaning:
            "On the day when summer time ends the clocks show an hour twice. The first time is meant. A window begins the first time that its beginning is shown and ends the second time that its end is.",
        reason: "It is said, so that nobody waits for the other.",
        steps: ["for the second time, write it with its offset, as the message does"])

    static let timePast = Explanation(
        "The time is in the past",
        meaning: "The time, or the whole window, lies before now.",
        reason: "Nothing is run late by surprise, and at once was not what was asked for.",
        steps: ["give a later time", "or run it now: apus migrate, apus rollback"])

    static let windowNeverComes = Explanation(
        "The window never comes",
        meaning:
            "The window has no length, or lies on its one day in the hour that the clocks leave out.",
        reason: "What is scheduled for it would wait forever.",
        steps: ["give other times or another day"])

    static let scheduleOverlap = Explanation(
        "Something else is scheduled for this time",
        meaning:
            "Two entries of the schedule have a moment in common. A run that waits for its confirmation has the time until then for itself: what it would take back must still be the last thing that was done.",
        reason:
            "Whichever came first would change what the other's plan begins with, and that one would then not be run.",
        steps: [
            "see what is scheduled: apus schedule list", "choose another time",
            "or take the other away: apus schedule cancel N",
            "or confirm the run: apus confirm RUN",
        ])

    static let scheduleUnknown = Explanation(
        "The schedule has no such entry",
        meaning:
            "Entries are numbered from 1 on each database. Of a run that is to be confirmed: it was not begun with --revert-unless-confirmed.",
        reason: "There is nothing to show, to cancel or to confirm.",
        steps: ["see what is scheduled: apus schedule list"])

    static let scheduleSettled = Explanation(
        "The entry of the schedule is not waiting any more",
        meaning:
            "It is running, or it has ended: done, failed, changed, missed, cancelled or confirmed.",
        reason: "What has begun is not undone by taking its entry away.",
        steps: ["see what became of it: apus schedule show N"])

    static let scheduleMissed = Explanation(
        "Nobody ran it in its time",
        meaning:
            "The time of an entry of the schedule has passed, and no apus serve and no apus run-due was there, or could reach the database.",
        reason: "Later is not when it was agreed to: it is reported, and not run.",
        steps: [
            "schedule it again: apus schedule migrate --window …, apus schedule rollback V --at …",
            "take the report away: apus schedule cancel N",
            "have somebody there: apus serve, or apus run-due every minute from cron",
        ])

    static let notConfirmed = Explanation(
        "The run was not confirmed and was taken back",
        meaning:
            "It was begun with --revert-unless-confirmed; nobody confirmed it in time, or the health command failed. What it had applied was rolled back.",
        reason: "That is what was asked for.",
        steps: [
            "see both runs: apus runs list", "confirm in time the next time: apus confirm RUN",
        ])
}
