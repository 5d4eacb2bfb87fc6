/// How far one run goes on the way to a version, and what it passes.
public struct UpgradeRoute: Hashable, Sendable {
    /// The versions that the run visits in ascending order; the last one is where it ends.
    public var versions: [SemanticVersion]
    /// The required stop at which the run ends, if it does not reach the version that was asked for:
    /// that release's application has to be deployed before the next run goes on.
    public var stop: SemanticVersion?

    public init(versions: [SemanticVersion], stop: SemanticVersion? = nil) {
        self.versions = versions
        self.stop = stop
    }
}

extension Catalogue {
    /// The route of one run from a database's version to another, over declared upgrade paths and no
    /// further than the first required stop in between.
    ///
    /// The whole way is checked, including what comes after the stop, so that nobody is led into a
    /// dead end. A new database (`nil`) goes straight to its version: no application runs on it yet
    /// that a stop would protect.
    ///
    /// - Parameter known: The versions that have migrations, in any order.
    /// - Throws: ``DiagnosticCode/noUpgradePath``, with the edges that are declared.
    public func route(
        from: SemanticVersion?, to: SemanticVersion, known: [SemanticVersion]
    ) throws(Diagnostic) -> UpgradeRoute {
        guard let from else { return UpgradeRoute(versions: [to]) }

        let legs = try self.legs(from: from, to: to, known: known)
        return UpgradeRoute(versions: legs[0], stop: legs.count > 1 ? legs[0].last : nil)
    }

    /// The whole way as the versions that each run visits: one that ends at each required stop, and the last
    /// one. At least one, which is empty where `from` is not below `to`.
    ///
    /// - Throws: ``DiagnosticCode/noUpgradePath``, with the edges that are declared.
    func legs(
        from: SemanticVersion, to: SemanticVersion, known: [SemanticVersion]
    ) throws(Diagnostic) -> [[SemanticVersion]] {
        let stops = requiredStops(between: from, and: to, known: known)
        var legs: [[SemanticVersion]] = []
        var here = from
        for goal in stops + [to] {
            do throws(Diagnostic) {
                legs.append(try upgradePaths.path(from: here, to: goal, among: known))
            } catch {
                var diagnostic = error
                diagnostic.details += stops.filter { $0 == here || $0 == goal }.map {
                    "\($0) is a required stop on the way from \(from) to \(to)"
                }
                throw diagnostic
            }
            here = goal
        }
        return legs
    }

    /// The required stops strictly between two versions, in ascending order.
    ///
    /// A release without migrations is none: a database cannot be at it.
    public func requiredStops(
        between from: SemanticVersion, and to: SemanticVersion, known: [SemanticVersion]
    ) -> [SemanticVersion] {
        releases.filter { release in
            release.isRequiredStop && from < release.version && release.version < to
                && known.contains(release.version)
        }.map(\.version)
    }
}
