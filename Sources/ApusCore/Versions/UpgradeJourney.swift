/// The whole way from one version to another: a run for each leg.
public struct UpgradeJourney: Hashable, Sendable {
    /// The versions that each run visits, in ascending order; the last of each is where it ends.
    public var legs: [[SemanticVersion]]
    /// What stops working on the way.
    public var breakingChanges: [BreakingChange]

    /// The required stops, at which a release's application has to be deployed before going on.
    public var stops: [SemanticVersion] { legs.dropLast().compactMap(\.last) }
}

extension Catalogue {
    /// The way from a version to a higher one, over declared upgrade paths and all required stops.
    ///
    /// - Parameter known: The versions that have migrations, in any order.
    /// - Throws: ``DiagnosticCode/versionUnknown`` for a version that neither a migration nor the
    ///   catalogue has, ``DiagnosticCode/noUpgradePath``, also for a way down, which is a rollback's
    ///   affair.
    public func journey(
        from: SemanticVersion, to: SemanticVersion, known: [SemanticVersion]
    ) throws(Diagnostic) -> UpgradeJourney {
        let named = Set(known + mentionedVersions)
        for version in [from, to] where !named.contains(version) {
            throw Self.unknown(
                version,
                "there is no version \(version), neither a migration's nor in the catalogue",
                among: named.sorted())
        }
        guard from <= to else {
            throw Diagnostic(
                .noUpgradePath,
                "upgrade paths lead up only: from \(from) down to \(to) is a rollback",
                details: [
                    "a rollback undoes each migration by its own down section and needs no path"
                ],
                help: ["apus rollback --to \(to)"])
        }
        let legs = try from < to ? self.legs(from: from, to: to, known: known) : []
        return UpgradeJourney(
            legs: legs, breakingChanges: breakingChanges(after: from, through: to))
    }

    /// Every version that the catalogue mentions, in ascending order.
    public var mentionedVersions: [SemanticVersion] {
        Set(
            releases.map(\.version) + roadmap.map(\.version) + upgradePaths.edges.keys
                + upgradePaths.edges.values.joined()
        ).sorted()
    }

    /// Judges a database of that version by what the catalogue declares, without looking at one.
    ///
    /// The lowest application that such a database serves is the highest floor of its releases.
    public func compatibility(ofDatabase database: SemanticVersion) -> Compatibility {
        Compatibility.judge(
            application: applicationVersion, needs: minimumDatabase,
            database: database, serves: minimumApplication(ofDatabase: database),
            expects: self.database, saidOf: otherApplication)
    }

    /// The lowest application version that a database of that version serves.
    public func minimumApplication(ofDatabase database: SemanticVersion) -> SemanticVersion? {
        releases.filter { $0.version <= database }.compactMap(\.minimumApplication).max()
    }
}
