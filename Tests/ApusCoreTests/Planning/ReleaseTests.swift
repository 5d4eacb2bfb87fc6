import ApusCore
import Testing

/// What the catalogue has to say about a plan.
@Suite struct ReleaseTests {
    private let bench: Bench

    init() throws {
        bench = try Bench(
            ["1.0.0", "1.1.0", "1.2.0", "1.3.0"].enumerated().map { day, version in
                try migration("\(version) m", day: day + 1)
            })
    }

    private var first: Bench { bench.applied(bench.migrations[0]) }

    @Test func `the upgrade path is followed, and no migration is skipped`() throws {
        let bench = first.with {
            $0.catalogue.upgradePaths = UpgradePaths([
                version("1.0.0"): [version("1.1.0"), version("1.2.0")],
                version("1.2.0"): [version("1.3.0")],
            ])
        }
        let plan = try bench.plan(.latest)
        #expect(plan.path == [version("1.2.0"), version("1.3.0")])
        #expect(plan.steps.map(\.id.version) == ["1.1.0", "1.2.0", "1.3.0"].map(version))
    }

    @Test func `where no path leads the declared ones are named`() {
        let bench = first.with {
            $0.catalogue.upgradePaths = UpgradePaths([
                version("1.0.0"): [version("1.1.0")], version("1.2.0"): [version("1.3.0")],
            ])
        }
        #expect(
            bench.report(.latest) == """
                error[no-upgrade-path]: no upgrade path leads from 1.0.0 to 1.3.0
                declared upgrade paths:
                1.0.0 → 1.1.0
                1.2.0 → 1.3.0
                next:  the paths lead as far as 1.1.0: apus migrate 1.1.0
                next:  to allow it, add it to the catalogue: upgrade_paths: {1.0.0: [1.3.0]}
                """)
        #expect(bench.steps(.upTo(version("1.1.0"))) == ["+1.1.0 m"])
    }

    @Test func `an empty database starts at any version`() throws {
        let paths = UpgradePaths([version("1.0.0"): [version("1.1.0")]])
        let plan = try bench.with { $0.catalogue.upgradePaths = paths }.plan(.latest)
        #expect(plan.path == [version("1.3.0")])
        #expect(plan.steps.count == 4)
    }

    @Test func `a required stop ends the plan before its goal`() throws {
        let catalogue = Catalogue(releases: [
            Release(version: version("1.1.0"), isRequiredStop: true)
        ])
        let plan = try first.with { $0.catalogue = catalogue }.plan(.latest)
        #expect(plan.stop == version("1.1.0"))
        #expect(plan.to == version("1.1.0"))
        #expect(plan.path == [version("1.1.0")])
        #expect(plan.remaining.map(\.title) == ["1.2.0 m", "1.3.0 m"])
        #expect(
            plan.sentence == "Applies 1 migration: 1.1.0 m, takes the database from 1.0.0 to 1.1.0."
        )
        let next = first.applied(bench.migrations[1]).with { $0.catalogue = catalogue }
        #expect(try next.plan(.latest).stop == nil)
        #expect(next.steps(.latest) == ["+1.2.0 m", "+1.3.0 m"])
    }

    @Test func `breaking changes of the releases crossed are listed`() throws {
        let bench = first.with {
            $0.catalogue = Catalogue(releases: [
                Release(version: version("1.0.0"), breakingChanges: ["old"]),
                Release(version: version("1.1.0"), breakingChanges: ["a", "b"]),
                Release(version: version("1.3.0"), breakingChanges: ["c"]),
            ])
        }
        #expect(try bench.plan(.latest).breakingChanges.map(\.text) == ["a", "b", "c"])
        #expect(try bench.plan(.upTo(version("1.2.0"))).breakingChanges.map(\.text) == ["a", "b"])
        #expect(try bench.plan(.upTo(version("1.0.0"))).breakingChanges == [])
    }

    @Test func `an application that is too old is not migrated past`() throws {
        let floor = try migration("2.0.0 floor", day: 9, "minimum-application 1.5.0")
        let bench = first.with {
            $0.migrations.append(floor)
            $0.catalogue.applicationVersion = version("1.4.0")
        }
        #expect(
            bench.report(.latest) == """
                error[application-incompatible]: 2.0.0 floor needs application 1.5.0 or later; this application is 1.4.0
                next:  deploy application 1.5.0 first, or say which one will run: apus migrate --application 1.5.0
                """)
        #expect(bench.steps(.upTo(version("1.3.0"))).count == 3)
        #expect(bench.with { $0.options.application = version("1.5.0") }.steps(.latest).count == 4)
        #expect(
            try bench.with { $0.catalogue.applicationVersion = nil }.plan(.latest).steps.last?
                .record?.minimumApplication == version("1.5.0"))
    }

    @Test func `whoever names a version has an application for all of the way`() throws {
        let floor = try migration("2.0.0 floor", day: 9, "minimum-application 1.5.0")
        let bench = first.with {
            $0.migrations.append(floor)
            $0.catalogue = Catalogue(
                applicationVersion: version("1.4.0"),
                releases: [Release(version: version("1.3.0"), isRequiredStop: true)])
        }
        // Behind the stop, which the run would not pass.
        #expect(bench.report(.upTo(version("2.0.0"))).contains("needs application 1.5.0"))
        #expect(try bench.plan(.latest).stop == version("1.3.0"))
        #expect(bench.steps(.upTo(version("1.3.0"))).count == 3)
        let served = bench.with { $0.options.application = version("1.5.0") }
        #expect(try served.plan(.upTo(version("2.0.0"))).stop == version("1.3.0"))
    }

    @Test func `the latest version is the target's, where there is one`() throws {
        let bench = first.with { $0.options.targetVersion = version("1.1.0") }
        let plan = try bench.plan(.latest)
        #expect(plan.to == version("1.1.0") && plan.goal == .latest)
        #expect(plan.remaining == [])
        let earlier = bench.with { $0.database = SimulatedDatabase() }
        #expect(try earlier.plan(.upTo(version("1.0.0"))).remaining.map(\.title) == ["1.1.0 m"])
        #expect(bench.steps(.upTo(version("1.3.0"))).count == 3)
        let beyond = first.with { $0.options.targetVersion = version("1.4.0") }
        #expect(beyond.report(.latest).hasPrefix("error[version-unknown]: "))
    }

    @Test func `the catalogue's floor counts where the file has none`() throws {
        let bench = first.with {
            $0.catalogue = Catalogue(
                applicationVersion: version("1.0.0"),
                releases: [Release(version: version("1.1.0"), minimumApplication: version("1.1.0"))]
            )
        }
        #expect(
            bench.steps(.latest) == [
                "application-incompatible: 1.1.0 m needs application 1.1.0 or later; this application is 1.0.0"
            ])
    }

    @Test func `a file and the catalogue must agree on the floor`() throws {
        let floor = try migration("1.1.0 m", day: 2, "minimum-application 1.5.0")
        let catalogue = Catalogue(releases: [
            Release(version: version("1.1.0"), minimumApplication: version("1.4.0"))
        ])
        let bench = Bench(floor).with { $0.catalogue = catalogue }
        let expected = """
            error[catalogue-invalid]: 1.1.0 m declares minimum-application 1.5.0, the catalogue says 1.4.0 for release 1.1.0
              --> 20250102_000000_1.1.0_m.sql:1:1
            next:  make the directive and the catalogue agree
            """
        #expect(bench.report(.latest) == expected)
        #expect(bench.report(.baseline(version("1.1.0"))) == expected)
    }
}
