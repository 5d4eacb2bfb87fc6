import ApusCore
import Testing

@Suite struct JourneyTests {
    private let one = SemanticVersion(1, 0, 0)
    private let two = SemanticVersion(2, 0, 0)
    private let three = SemanticVersion(3, 0, 0)
    private let four = SemanticVersion(4, 0, 0)

    private var catalogue: Catalogue {
        Catalogue(
            applicationVersion: two, minimumDatabase: one,
            releases: [
                Release(version: one, minimumApplication: one),
                Release(version: two, breakingChanges: ["gone"], isRequiredStop: true),
                Release(version: three, minimumApplication: three),
            ])
    }

    @Test func `a journey has a leg for each required stop`() throws {
        let journey = try catalogue.journey(from: one, to: four, known: [one, two, three, four])
        #expect(journey.legs == [[two], [three, four]])
        #expect(journey.stops == [two])
        #expect(journey.breakingChanges == [BreakingChange(version: two, text: "gone")])
    }

    @Test func `no way leads down, and none to a version that nobody knows`() {
        let down = #expect(throws: Diagnostic.self) {
            try catalogue.journey(from: two, to: one, known: [one, two])
        }
        #expect(down?.code == .noUpgradePath)
        #expect(down?.help == ["apus rollback --to 1.0.0"])
        let unknown = #expect(throws: Diagnostic.self) {
            try catalogue.journey(from: one, to: SemanticVersion(9, 0, 0), known: [one])
        }
        #expect(unknown?.code == .versionUnknown)
    }

    @Test func `staying is no journey`() throws {
        #expect(try catalogue.journey(from: one, to: one, known: [one]).legs.isEmpty)
    }

    @Test func `a version's compatibility follows from the catalogue alone`() {
        #expect(
            catalogue.compatibility(ofDatabase: SemanticVersion(0, 9, 0)).verdict == .databaseTooOld
        )
        #expect(catalogue.compatibility(ofDatabase: two).verdict == .compatible)
        #expect(catalogue.compatibility(ofDatabase: three).verdict == .applicationTooOld)
    }

    @Test func `a changelog is of all releases, one, or a planned one`() throws {
        #expect(try catalogue.changelog(of: nil).releases.map(\.version) == [three, two, one])
        #expect(try catalogue.changelog(of: two).releases.map(\.version) == [two])
        let error = #expect(throws: Diagnostic.self) {
            try catalogue.changelog(of: SemanticVersion(2, 0, 1))
        }
        #expect(error?.hint == "did you mean 2.0.0?")
    }
}
