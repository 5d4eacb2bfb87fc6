import ApusCore
import Testing

@Suite struct CatalogueTests {
    private static let first = SemanticVersion(1, 0, 0)
    private static let second = SemanticVersion(1, 1, 0)
    private static let third = SemanticVersion(1, 2, 0)
    private static let fourth = SemanticVersion(1, 3, 0)
    private let known = [first, second, third, fourth]

    @Test func `releases are sorted whatever the file's order`() {
        let catalogue = Catalogue(
            releases: [Release(version: Self.third), Release(version: Self.first)],
            roadmap: [RoadmapEntry(version: Self.fourth), RoadmapEntry(version: Self.second)])
        #expect(catalogue.releases.map(\.version) == [Self.first, Self.third])
        #expect(catalogue.roadmap.map(\.version) == [Self.second, Self.fourth])
        #expect(catalogue.release(Self.third)?.version == Self.third)
        #expect(catalogue.release(Self.second) == nil)
    }

    @Test func `the application's version can be overridden`() {
        let catalogue = Catalogue(applicationVersion: Self.first)
        #expect(
            catalogue.overridingApplicationVersion(Self.second).applicationVersion == Self.second)
        #expect(catalogue.overridingApplicationVersion(nil).applicationVersion == Self.first)
    }

    @Test(arguments: [
        (first, third, ["1.1.0 b", "1.2.0 c", "1.2.0 d"]),
        (second, third, ["1.2.0 c", "1.2.0 d"]),
        (second, fourth, ["1.2.0 c", "1.2.0 d"]),
        (third, fourth, []),
        (nil, fourth, []),
    ])
    func `breaking changes are those above the start up to the goal`(
        from: SemanticVersion?, to: SemanticVersion, expected: [String]
    ) {
        let catalogue = Catalogue(releases: [
            Release(version: Self.first, breakingChanges: ["a"]),
            Release(version: Self.second, breakingChanges: ["b"]),
            Release(version: Self.third, breakingChanges: ["c", "d"]),
        ])
        let changes = catalogue.breakingChanges(after: from, through: to)
        #expect(changes.map { "\($0.version) \($0.text)" } == expected)
    }

    @Test func `a run ends at the first required stop on its way`() throws {
        let catalogue = Catalogue(releases: [
            Release(version: Self.third, isRequiredStop: true),
            Release(version: Self.second, isRequiredStop: true),
        ])
        let route = try catalogue.route(from: Self.first, to: Self.fourth, known: known)
        #expect(route == UpgradeRoute(versions: [Self.second], stop: Self.second))
        let next = try catalogue.route(from: Self.second, to: Self.fourth, known: known)
        #expect(next == UpgradeRoute(versions: [Self.third], stop: Self.third))
        let last = try catalogue.route(from: Self.third, to: Self.fourth, known: known)
        #expect(last == UpgradeRoute(versions: [Self.fourth]))
    }

    @Test func `a declared jump over a required stop still stops there`() throws {
        let catalogue = Catalogue(
            releases: [Release(version: Self.third, isRequiredStop: true)],
            upgradePaths: UpgradePaths([
                Self.first: [Self.fourth, Self.second, Self.third], Self.third: [Self.fourth],
            ]))
        let route = try catalogue.route(from: Self.first, to: Self.fourth, known: known)
        #expect(route == UpgradeRoute(versions: [Self.third], stop: Self.third))
    }

    @Test func `a required stop that is the goal or the start stops nothing`() throws {
        let catalogue = Catalogue(releases: [
            Release(version: Self.first, isRequiredStop: true),
            Release(version: Self.second, isRequiredStop: true),
        ])
        let route = try catalogue.route(from: Self.first, to: Self.second, known: known)
        #expect(route == UpgradeRoute(versions: [Self.second]))
    }

    @Test func `a new database passes required stops`() throws {
        let catalogue = Catalogue(releases: [Release(version: Self.second, isRequiredStop: true)])
        let route = try catalogue.route(from: nil, to: Self.fourth, known: known)
        #expect(route == UpgradeRoute(versions: [Self.fourth]))
    }

    @Test func `a required stop without migrations stops nothing`() throws {
        let catalogue = Catalogue(releases: [Release(version: Self.third, isRequiredStop: true)])
        let known = [Self.first, Self.second, Self.fourth]
        let route = try catalogue.route(from: Self.first, to: Self.fourth, known: known)
        #expect(route == UpgradeRoute(versions: [Self.second, Self.fourth]))
    }

    @Test func `a dead end behind a required stop is found before anything runs`() {
        let catalogue = Catalogue(
            releases: [Release(version: Self.third, isRequiredStop: true)],
            upgradePaths: UpgradePaths([Self.first: [Self.third, Self.fourth]]))
        let diagnostic = #expect(throws: Diagnostic.self) {
            try catalogue.route(from: Self.first, to: Self.fourth, known: known)
        }
        #expect(diagnostic?.message == "no upgrade path leads from 1.2.0 to 1.3.0")
        #expect(
            diagnostic?.details.last
                == "1.2.0 is a required stop on the way from 1.0.0 to 1.3.0")
    }
}
