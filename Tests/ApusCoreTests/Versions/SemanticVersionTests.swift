import ApusCore
import Testing

/// The tables are those that semver.org publishes beside its suggested regular expression
/// (https://regex101.com/r/vkijKf/1/), and section 11 of the specification.
@Suite struct SemanticVersionTests {
    @Test(arguments: valid)
    func `a valid version reads and writes back as it was`(text: String) throws {
        let version = try #require(SemanticVersion(text))
        #expect(version.description == text)
        #expect(SemanticVersion.advice(for: text) == nil)
    }

    @Test(arguments: invalid)
    func `anything else is refused with advice`(text: String) {
        #expect(SemanticVersion(text) == nil)
        #expect(SemanticVersion.advice(for: text) != nil)
    }

    @Test func `a version falls into its parts`() throws {
        let version = try #require(SemanticVersion("1.20.3-rc.1.x-7+build.007"))
        #expect(version.major == 1)
        #expect(version.minor == 20)
        #expect(version.patch == 3)
        #expect(version.prerelease == [.text("rc"), .number(1), .text("x-7")])
        #expect(version.build == ["build", "007"])
        #expect(version.isPrerelease)
        #expect(!SemanticVersion(1, 20, 3).isPrerelease)
    }

    @Test(arguments: zip(precedence, precedence.dropFirst()))
    func `each version of the chain sorts before the next`(lower: String, higher: String) throws {
        let lower = try #require(SemanticVersion(lower))
        let higher = try #require(SemanticVersion(higher))
        #expect(lower < higher)
        #expect(!(higher < lower))
        #expect(lower != higher)
    }

    @Test func `a pre-release sorts before its release`() throws {
        #expect(try #require(SemanticVersion("1.0.0-rc.1")) < SemanticVersion(1, 0, 0))
    }

    @Test func `build metadata counts for nothing, and stays in the text`() throws {
        let plain = try #require(SemanticVersion("1.0.0-rc.1"))
        let built = try #require(SemanticVersion("1.0.0-rc.1+linux.7"))
        #expect(plain == built)
        #expect(!(plain < built) && !(built < plain))
        #expect(Set([plain, built]).count == 1)
        #expect(built.description == "1.0.0-rc.1+linux.7")
    }

    @Test(arguments: [
        ("1.0", "write 1.0.0: a version has three numbers"),
        ("7", "write 7.0.0: a version has three numbers"),
        ("v1.2.0", "write 1.2.0, without the v"),
        ("V1.2.0-rc.1", "write 1.2.0-rc.1, without the V"),
        ("1.02.0", "write 1.2.0, without leading zeros"),
        ("1.2.0.4", "a version has exactly three numbers, such as 1.2.0"),
        ("latest", "a version is three numbers, such as 1.2.0 or 1.2.0-rc.1"),
        ("", "a version is three numbers, such as 1.2.0 or 1.2.0-rc.1"),
        ("1..0", "a version is three numbers, such as 1.2.0 or 1.2.0-rc.1"),
    ])
    func `advice says how to write it`(text: String, advice: String) {
        #expect(SemanticVersion.advice(for: text) == advice)
    }

    @Test func `a number beyond 128 bits is refused`() {
        #expect(SemanticVersion("340282366920938463463374607431768211455.0.0") != nil)
        #expect(SemanticVersion("340282366920938463463374607431768211456.0.0") == nil)
        #expect(SemanticVersion("1.0.0-340282366920938463463374607431768211456") == nil)
    }
}

private let valid = [
    "0.0.4", "1.2.3", "10.20.30", "1.1.2-prerelease+meta", "1.1.2+meta", "1.1.2+meta-valid",
    "1.0.0-alpha", "1.0.0-beta", "1.0.0-alpha.beta", "1.0.0-alpha.beta.1", "1.0.0-alpha.1",
    "1.0.0-alpha0.valid", "1.0.0-alpha.0valid",
    "1.0.0-alpha-a.b-c-somethinglong+build.1-aef.1-its-okay", "1.0.0-rc.1+build.1",
    "2.0.0-rc.1+build.123", "1.2.3-beta", "10.2.3-DEV-SNAPSHOT", "1.2.3-SNAPSHOT-123", "1.0.0",
    "2.0.0", "1.1.7", "2.0.0+build.1848", "2.0.1-alpha.1227", "1.0.0-alpha+beta",
    "1.2.3----RC-SNAPSHOT.12.9.1--.12+788", "1.2.3----R-S.12.9.1--.12+meta",
    "1.2.3----RC-SNAPSHOT.12.9.1--.12", "1.0.0+0.build.1-rc.10000aaa-kk-0.1",
    "99999999999999999999999.999999999999999999.99999999999999999", "1.0.0-0A.is.legal",
]

private let invalid = [
    "1", "1.2", "1.2.3-0123", "1.2.3-0123.0123", "1.1.2+.123", "+invalid", "-invalid",
    "-invalid+invalid", "-invalid.01", "alpha", "alpha.beta", "alpha.beta.1", "alpha.1",
    "alpha+beta", "alpha_beta", "alpha.", "alpha..", "beta", "1.0.0-alpha_beta", "-alpha.",
    "1.0.0-alpha..", "1.0.0-alpha..1", "1.0.0-alpha...1", "1.0.0-alpha....1",
    "1.0.0-alpha.....1", "1.0.0-alpha......1", "1.0.0-alpha.......1", "01.1.1", "1.01.1",
    "1.1.01", "1.2.3.DEV", "1.2-SNAPSHOT", "1.2.31.2.3----RC-SNAPSHOT.12.09.1--..12+788",
    "1.2-RC-SNAPSHOT", "-1.0.3-gamma+b7718", "+justmeta", "9.8.7+meta+meta",
    "9.8.7-whatever+meta+meta",
    "99999999999999999999999.999999999999999999.99999999999999999"
        + "----RC-SNAPSHOT.12.09.1--------------------------------..12",
    // Ours: what a copy and paste, a keyboard or a template engine adds.
    "", " 1.0.0", "1.0.0 ", "1.0.0\n", "1.0.0-", "1.0.0+", "1.0.0-+", "1.0.0-rc.", "1.0.0+a..b",
    "1.0.0-é", "１.0.0", "1.0.0\u{301}", "1,0,0", "v1.0.0", "+1.0.0", "1.+0.0", "1.0.-0", "1.0.0\0",
]

private let precedence = [
    "0.9.9", "1.0.0-0", "1.0.0-2", "1.0.0-10", "1.0.0--", "1.0.0-1a", "1.0.0-ALPHA", "1.0.0-alpha",
    "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta", "1.0.0-beta.2", "1.0.0-beta.11",
    "1.0.0-rc.1", "1.0.0", "2.0.0", "2.1.0", "2.1.1", "2.1.10", "2.10.0", "10.0.0",
]
