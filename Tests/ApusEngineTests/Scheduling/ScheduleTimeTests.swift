import ApusCore
import ApusEngine
import Testing

@Suite("Times and windows of a schedule")
struct ScheduleTimeTests {
    private func moment(_ text: String) throws -> Timestamp {
        let point = try PointInTime(text, now: 0) { _ throws(Diagnostics) in .utc }
        return Timestamp(microseconds: point.second * 1_000_000)
    }

    struct Times: CustomTestStringConvertible, Sendable {
        var said: String
        var means: String
        var testDescription: String { said }
    }

    @Test(arguments: [
        Times(said: "2026-03-29T01:30:00Z", means: "2026-03-29T01:30:00Z"),
        Times(said: "2026-03-29T01:30+01:00", means: "2026-03-29T00:30:00Z"),
        Times(said: "2026-03-29 01:30 -0330", means: "2026-03-29T05:00:00Z"),
        Times(said: "2026-03-29T01:30+05", means: "2026-03-28T20:30:00Z"),
        Times(said: "2026-03-29 01:59 Europe/Ljubljana", means: "2026-03-29T00:59:00Z"),
        Times(said: "2026-03-29 03:00 Europe/Ljubljana", means: "2026-03-29T01:00:00Z"),
        Times(said: "2026-10-25 01:59 Europe/Ljubljana", means: "2026-10-24T23:59:00Z"),
        // Comes twice: the first.
        Times(said: "2026-10-25 02:00 Europe/Ljubljana", means: "2026-10-25T00:00:00Z"),
        Times(said: "2026-10-25 02:30 Europe/Ljubljana", means: "2026-10-25T00:30:00Z"),
        Times(said: "2026-10-25 03:00 Europe/Ljubljana", means: "2026-10-25T02:00:00Z"),
        Times(said: "2026-07-01 12:00 America/New_York", means: "2026-07-01T16:00:00Z"),
        Times(said: "2026-07-01 12:00 Asia/Kolkata", means: "2026-07-01T06:30:00Z"),
        // Clocks that jump at midnight, and by half an hour.
        Times(said: "2026-09-06 01:00 America/Santiago", means: "2026-09-06T04:00:00Z"),
        Times(said: "2026-10-04 02:30 Australia/Lord_Howe", means: "2026-10-03T15:30:00Z"),
        Times(said: "2026-01-10 24:00 UTC", means: "2026-01-11T00:00:00Z"),
        Times(said: "2028-02-29 00:00 UTC", means: "2028-02-29T00:00:00Z"),
        Times(said: "+2h", means: "2026-01-01T02:00:00Z"),
        Times(said: "+90min", means: "2026-01-01T01:30:00Z"),
    ])
    func `a time means one moment`(_ times: Times) throws {
        let now = try moment("2026-01-01T00:00Z")
        let found = try ScheduleTime.at(times.said, now: now)
        #expect(found.notBefore.isoText == times.means)
        #expect(
            found.notAfter.microseconds - found.notBefore.microseconds == 15 * 60 * 1_000_000)
    }

    @Test func `of a time that comes twice the first is meant, and the second is named`() throws {
        let found = try ScheduleTime.at(
            "2026-10-25 02:30 Europe/Ljubljana", now: try moment("2026-01-01T00:00Z"))
        #expect(found.notices.map(\.code) == [.timeTwice])
        #expect(found.notices[0].message.hasSuffix("the second is 2026-10-25T02:30+01:00"))
        let second = try ScheduleTime.at(
            "2026-10-25T02:30+01:00", now: try moment("2026-01-01T00:00Z"))
        #expect(second.notBefore.isoText == "2026-10-25T01:30:00Z")
        #expect(second.notices.isEmpty)
    }

    struct Refused: CustomTestStringConvertible, Sendable {
        var said: String
        var code: DiagnosticCode
        var tells: String
        var testDescription: String { said }
    }

    @Test(arguments: [
        Refused(
            said: "2026-03-29 02:30 Europe/Ljubljana", code: .timeSkipped,
            tells: "2026-03-29 01:59 Europe/Ljubljana"),
        Refused(
            said: "2026-03-29 02:00 Europe/Ljubljana", code: .timeSkipped,
            tells: "2026-03-29 03:00 Europe/Ljubljana"),
        Refused(
            said: "2026-09-06 00:30 America/Santiago", code: .timeSkipped,
            tells: "2026-09-06 01:00 America/Santiago"),
        Refused(
            said: "2026-10-04 02:10 Australia/Lord_Howe", code: .timeSkipped,
            tells: "2026-10-04 02:30 Australia/Lord_Howe"),
        Refused(
            said: "2026-03-29 02:30 Europe/Lubljana", code: .timeZoneUnknown,
            tells: "did you mean Europe/Ljubljana?"),
        Refused(
            said: "2026-03-29 02:30 Ljubljana", code: .timeZoneUnknown,
            tells: "did you mean Europe/Ljubljana?"),
        Refused(said: "2026-03-29 02:30 CST", code: .timeZoneUnknown, tells: "AREA/CITY"),
        Refused(
            said: "2026-03-29 02:30 CST", code: .timeZoneUnknown,
            tells: "did you mean America/Chicago or Asia/Shanghai?"),
        Refused(
            said: "2026-03-29 02:30 CET", code: .timeZoneUnknown,
            tells: "did you mean Europe/Ljubljana?"),
        Refused(
            said: "2026-03-29 02:30 est", code: .timeZoneUnknown,
            tells: "did you mean America/New_York?"),
        Refused(said: "2026-03-29 02:30 XYZT", code: .timeZoneUnknown, tells: "AREA/CITY"),
        Refused(
            said: "+2d", code: .timeInvalid, tells: "did you mean 2026-01-03T00:00:00Z?"),
        Refused(
            said: "+1 week", code: .timeInvalid, tells: "did you mean 2026-01-08T00:00:00Z?"),
        Refused(said: "+2d", code: .timeInvalid, tells: "days differ in length"),
        Refused(said: "+2h30m", code: .timeInvalid, tells: "such as 90min or 2h"),
        Refused(said: "2026-03-29 02:30", code: .timeInvalid, tells: "no time zone"),
        Refused(said: "2025-12-31 23:59 UTC", code: .timePast, tells: "in the past"),
        Refused(said: "2026-01-01T00:00Z", code: .timePast, tells: "in the past"),
        Refused(said: "2026-02-30 02:30 UTC", code: .timeInvalid, tells: "begins with no day"),
        Refused(said: "2026-03-29 25:00 UTC", code: .timeInvalid, tells: "25:00"),
        Refused(said: "2026-03-29 24:01 UTC", code: .timeInvalid, tells: "24:01"),
        Refused(said: "2026-03-29T02:30+25:00", code: .timeInvalid, tells: "+25:00 is no offset"),
        Refused(said: "+soon", code: .timeInvalid, tells: "no time from now"),
        Refused(said: "+0", code: .timeInvalid, tells: "no time from now"),
        Refused(said: "", code: .timeInvalid, tells: "begins with no day"),
        Refused(said: "tomorrow", code: .timeInvalid, tells: "begins with no day"),
    ])
    func `a time that means nothing is refused`(_ refused: Refused) throws {
        let now = try moment("2026-01-01T00:00Z")
        let error = #expect(throws: Diagnostics.self) {
            _ = try ScheduleTime.at(refused.said, now: now)
        }
        let problem = try #require(error?.all.first)
        #expect(problem.code == refused.code)
        let text = ([problem.message] + problem.help + [problem.hint ?? ""]).joined(separator: "\n")
        #expect(text.contains(refused.tells), "\(text)")
    }

    struct Window: CustomTestStringConvertible, Sendable {
        var said: String
        var now: String
        var begins: String
        var ends: String
        var testDescription: String { "\(said) at \(now)" }
    }

    @Test(arguments: [
        // Without a change of the clocks.
        Window(
            said: "Sun 02:00-04:00 Europe/Ljubljana", now: "2026-03-18T12:00Z",
            begins: "2026-03-22T01:00:00Z", ends: "2026-03-22T03:00:00Z"),
        // It is open: it is the one.
        Window(
            said: "Sunday 02:00-04:00 Europe/Ljubljana", now: "2026-03-22T02:59Z",
            begins: "2026-03-22T01:00:00Z", ends: "2026-03-22T03:00:00Z"),
        // It has just ended: the next one.
        Window(
            said: "sun 02:00-04:00 Europe/Ljubljana", now: "2026-03-22T03:00Z",
            begins: "2026-03-29T01:00:00Z", ends: "2026-03-29T02:00:00Z"),
        // Spring: 02:00 to 03:00 is left out, so it begins when the clocks jump.
        Window(
            said: "Sun 02:30-04:00 Europe/Ljubljana", now: "2026-03-28T12:00Z",
            begins: "2026-03-29T01:00:00Z", ends: "2026-03-29T02:00:00Z"),
        // Its end is left out: it ends when the clocks jump.
        Window(
            said: "Sun 01:00-02:30 Europe/Ljubljana", now: "2026-03-28T12:00Z",
            begins: "2026-03-29T00:00:00Z", ends: "2026-03-29T01:00:00Z"),
        // All of it is left out: it comes a week later.
        Window(
            said: "Sun 02:10-02:50 Europe/Ljubljana", now: "2026-03-28T12:00Z",
            begins: "2026-04-05T00:10:00Z", ends: "2026-04-05T00:50:00Z"),
        // Autumn: 02:00 to 03:00 comes twice; from the first beginning to the second end.
        Window(
            said: "Sun 02:00-04:00 Europe/Ljubljana", now: "2026-10-24T12:00Z",
            begins: "2026-10-25T00:00:00Z", ends: "2026-10-25T03:00:00Z"),
        Window(
            said: "Sun 02:15-02:45 Europe/Ljubljana", now: "2026-10-24T12:00Z",
            begins: "2026-10-25T00:15:00Z", ends: "2026-10-25T01:45:00Z"),
        Window(
            said: "Sun 01:00-02:30 Europe/Ljubljana", now: "2026-10-24T12:00Z",
            begins: "2026-10-24T23:00:00Z", ends: "2026-10-25T01:30:00Z"),
        // Past midnight, and looked at behind midnight.
        Window(
            said: "Sat 22:00-02:00 UTC", now: "2026-01-03T12:00Z",
            begins: "2026-01-03T22:00:00Z", ends: "2026-01-04T02:00:00Z"),
        Window(
            said: "Sat 22:00-02:00 UTC", now: "2026-01-04T01:00Z",
            begins: "2026-01-03T22:00:00Z", ends: "2026-01-04T02:00:00Z"),
        Window(
            said: "Sat 22:00-24:00 UTC", now: "2026-01-03T12:00Z",
            begins: "2026-01-03T22:00:00Z", ends: "2026-01-04T00:00:00Z"),
        // Several days.
        Window(
            said: "Sat,Sun 03:00-04:00 UTC", now: "2026-01-03T05:00Z",
            begins: "2026-01-04T03:00:00Z", ends: "2026-01-04T04:00:00Z"),
        Window(
            said: "Fri-Mon 03:00-04:00 UTC", now: "2026-01-06T00:00Z",
            begins: "2026-01-09T03:00:00Z", ends: "2026-01-09T04:00:00Z"),
        Window(
            said: "daily 03:00-04:00 UTC", now: "2026-01-06T04:00Z",
            begins: "2026-01-07T03:00:00Z", ends: "2026-01-07T04:00:00Z"),
        // The day is the zone's, not UTC's.
        Window(
            said: "Mon 01:00-02:00 Pacific/Auckland", now: "2026-07-05T12:30Z",
            begins: "2026-07-05T13:00:00Z", ends: "2026-07-05T14:00:00Z"),
        Window(
            said: "2026-03-29 01:00-03:30 Europe/Ljubljana", now: "2026-01-01T00:00Z",
            begins: "2026-03-29T00:00:00Z", ends: "2026-03-29T01:30:00Z"),
    ])
    func `a window is two moments`(_ window: Window) throws {
        let found = try ScheduleTime.window(window.said, now: try moment(window.now))
        #expect(found.notBefore.isoText == window.begins)
        #expect(found.notAfter.isoText == window.ends)
    }

    @Test(arguments: [
        Refused(said: "Sun 02:00-02:00 UTC", code: .windowNeverComes, tells: "no length"),
        Refused(
            said: "2026-03-29 02:10-02:50 Europe/Ljubljana", code: .windowNeverComes,
            tells: "set ahead past it"),
        Refused(said: "2025-03-29 02:10-02:50 UTC", code: .timePast, tells: "in the past"),
        Refused(said: "Sunn 02:00-04:00 UTC", code: .timeInvalid, tells: "did you mean Sun?"),
        Refused(said: "Sun 02:00-25:00 UTC", code: .timeInvalid, tells: "02:00-25:00"),
        Refused(said: "Sun 24:00-02:00 UTC", code: .timeInvalid, tells: "24:00-02:00"),
        Refused(said: "Sun 02:00-04:00", code: .timeInvalid, tells: "days, times and a zone"),
        Refused(said: "Sun 02:00 UTC", code: .timeInvalid, tells: "no pair of times"),
        Refused(
            said: "Sun 02:00-04:00 Europe/Lubljana", code: .timeZoneUnknown,
            tells: "did you mean Europe/Ljubljana?"),
        Refused(
            said: "Sun 02:00-04:00 CEST", code: .timeZoneUnknown,
            tells: "did you mean Europe/Ljubljana?"),
    ])
    func `a window that never comes is refused`(_ refused: Refused) throws {
        let now = try moment("2026-01-01T00:00Z")
        let error = #expect(throws: Diagnostics.self) {
            _ = try ScheduleTime.window(refused.said, now: now)
        }
        let problem = try #require(error?.all.first)
        #expect(problem.code == refused.code)
        let text = ([problem.message] + problem.help + [problem.hint ?? ""]).joined(separator: "\n")
        #expect(text.contains(refused.tells), "\(text)")
    }

    @Test func `each day of four centuries is counted back and forth`() throws {
        var day = try #require(CalendarDate("1899-12-31"))
        var number = day.daysSinceEpoch
        for _ in 0..<146_097 {
            number += 1
            let next = try #require(CalendarDate(daysSinceEpoch: number))
            #expect(day < next && next.daysSinceEpoch == number)
            #expect((day.weekday.rawValue + 1) % 7 == next.weekday.rawValue)
            day = next
        }
        #expect(day.description == "2299-12-31")
        #expect(CalendarDate("2026-03-29")?.weekday == .sunday)
    }
}
