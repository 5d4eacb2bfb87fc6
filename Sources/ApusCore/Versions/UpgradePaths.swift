/// The jumps from one version to another that a project allows.
///
/// Paths decide which jumps are allowed and where a run passes; they never let a migration in
/// between be skipped.
///
/// A version that no edge mentions follows its predecessor: it is reached from the version just
/// below it, and goes on to where the nearest mentioned version below it may go. Versions below every
/// mentioned one follow each other until the first of those. A project that declares no edge at all
/// can therefore go anywhere upwards, and edges between old versions hold up no later one.
public struct UpgradePaths: Hashable, Sendable {
    /// For each version the versions that a database may be taken to from it.
    public var edges: [SemanticVersion: [SemanticVersion]]

    public init(_ edges: [SemanticVersion: [SemanticVersion]] = [:]) {
        self.edges = edges
    }

    /// The versions that a database visits after `from`, up to and including `to`.
    ///
    /// The path is a shortest one; among several of the same length, the one whose first hop is the
    /// highest, then whose second is, and so on. An empty database (`nil`) starts at any version
    /// directly. Paths lead up only: where `from` is not below `to`, the result is empty, and a way
    /// down is a rollback's affair.
    ///
    /// - Parameter known: The versions that have migrations, in any order.
    /// - Throws: ``DiagnosticCode/noUpgradePath``, with the edges that are declared.
    public func path(
        from: SemanticVersion?, to: SemanticVersion, among known: [SemanticVersion]
    ) throws(Diagnostic) -> [SemanticVersion] {
        guard let from else { return [to] }
        guard from < to else { return [] }

        let map = UpgradeMap(paths: self, versions: known + [from, to])
        // Breadth first with the highest neighbour first finds the path that is promised above.
        var cameFrom = [from: from]
        var queue = [from]
        var position = 0
        while position < queue.count, cameFrom[to] == nil {
            let here = queue[position]
            position += 1
            for next in map.successors(of: here) where next <= to && cameFrom[next] == nil {
                cameFrom[next] = here
                queue.append(next)
            }
        }
        guard cameFrom[to] != nil else {
            let reachable = Set(known).intersection(queue.dropFirst()).max()
            throw noPath(from: from, to: to, furthest: reachable)
        }

        var path: [SemanticVersion] = []
        var here = to
        while here != from, let previous = cameFrom[here] {
            path.append(here)
            here = previous
        }
        return path.reversed()
    }

    private func noPath(
        from: SemanticVersion, to: SemanticVersion, furthest: SemanticVersion?
    ) -> Diagnostic {
        var help = ["to allow it, add it to the catalogue: upgrade_paths: {\(from): [\(to)]}"]
        if let furthest {
            help.insert("the paths lead as far as \(furthest): apus migrate \(furthest)", at: 0)
        }
        return Diagnostic(
            .noUpgradePath, "no upgrade path leads from \(from) to \(to)",
            details: ["declared upgrade paths:"]
                + edges.sorted { $0.key < $1.key }.map { version, targets in
                    "\(version) → \(targets.sorted().map(\.description).joined(separator: ", "))"
                },
            help: help)
    }
}

/// The declared edges, and those that undeclared versions imply.
private struct UpgradeMap {
    private let edges: [SemanticVersion: [SemanticVersion]]
    /// Every version that an edge names, in ascending order.
    private let mentioned: [SemanticVersion]
    /// The versions that follow each other where no edge says otherwise, in ascending order.
    private let versions: [SemanticVersion]

    init(paths: UpgradePaths, versions: [SemanticVersion]) {
        edges = paths.edges
        mentioned = Set(paths.edges.keys).union(paths.edges.values.joined()).sorted()
        self.versions = Set(versions).sorted()
    }

    /// Where a database at `version` may go next, the highest first.
    func successors(of version: SemanticVersion) -> [SemanticVersion] {
        let speaker = mentioned.last(notAbove: version)
        var successors = speaker.map { edges[$0, default: []] } ?? []
        if let next = versions.first(above: version),
            speaker == nil || mentioned.last(notAbove: next) != next
        {
            successors.append(next)
        }
        return successors.filter { $0 > version }.sorted(by: >)
    }
}

extension [SemanticVersion] {
    /// For an ascending array.
    fileprivate func first(above version: SemanticVersion) -> SemanticVersion? {
        let index = countNotAbove(version)
        return index < count ? self[index] : nil
    }

    /// For an ascending array.
    fileprivate func last(notAbove version: SemanticVersion) -> SemanticVersion? {
        let index = countNotAbove(version)
        return index > 0 ? self[index - 1] : nil
    }

    /// A binary search: a history of thousands of versions is walked version by version.
    private func countNotAbove(_ version: SemanticVersion) -> Int {
        var bounds = 0..<count
        while !bounds.isEmpty {
            let middle = bounds.lowerBound + bounds.count / 2
            bounds =
                self[middle] <= version
                ? middle + 1..<bounds.upperBound : bounds.lowerBound..<middle
        }
        return bounds.lowerBound
    }
}
