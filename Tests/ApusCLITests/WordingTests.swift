import ApusCore
import Testing

@testable import ApusCLI

@Suite struct WordingTests {
    @Test(arguments: [
        (Duration.milliseconds(210), "0.21 s"), (.seconds(59), "59.00 s"),
        (.milliseconds(59_996), "1 min 0 s"), (.seconds(192), "3 min 12 s"),
        (.seconds(3840), "1 h 04 min"),
    ])
    func `durations read as people say them`(duration: Duration, text: String) {
        #expect(Wording.duration(duration) == text)
    }

    @Test(arguments: [
        (Int64(0), "0 B"), (999, "999 B"), (1_000, "1.0 KB"), (131_072, "131.1 KB"),
        (999_950, "1.0 MB"), (1_200_000_000, "1.2 GB"), (5_000_000_000_000, "5.0 TB"),
    ])
    func `sizes are powers of a thousand`(bytes: Int64, text: String) {
        #expect(Wording.bytes(bytes) == text)
    }

    @Test func `a moment is a day and a minute in UTC`() {
        #expect(
            Wording.moment(Timestamp(microseconds: 1_736_937_000_000_000)) == "15 Jan 2025 10:30")
    }

    @Test(arguments: [(0, "0 runs"), (1, "1 run"), (2, "2 runs")])
    func `a noun follows its number`(number: Int, text: String) {
        #expect(Wording.count(number, "run") == text)
    }
}
