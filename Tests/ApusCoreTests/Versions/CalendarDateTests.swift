import ApusCore
import Testing

@Suite struct CalendarDateTests {
    @Test(arguments: ["2025-01-15", "2024-02-29", "2000-02-29", "1999-12-31", "0001-01-01"])
    func `a day that exists reads and writes back as it was`(text: String) {
        #expect(CalendarDate(text)?.description == text)
    }

    @Test(arguments: [
        "2025-02-29", "1900-02-29", "2025-04-31", "2025-13-01", "2025-00-10", "2025-01-00",
        "0000-01-01", "2025-1-15", "25-01-15", "2025/01/15", "2025-01-15T10:30", "2025-01-1a", "",
        " 2025-01-15", "15-01-2025", "+025-01-15", "２025-01-1",
    ])
    func `anything else is refused`(text: String) {
        #expect(CalendarDate(text) == nil)
    }

    @Test func `days are ordered as the calendar orders them`() throws {
        let days = ["2024-12-31", "2025-01-01", "2025-01-02", "2025-02-01", "2026-01-01"]
        let dates = try days.map { try #require(CalendarDate($0)) }
        #expect(dates.reversed().sorted() == dates)
    }
}
