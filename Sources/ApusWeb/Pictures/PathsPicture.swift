import ApusCore

/// The declared upgrade paths: versions in a row, an arc for each jump.
struct PathsPicture: Sendable {
    let versions: [SemanticVersion]
    let edges: [(from: SemanticVersion, to: SemanticVersion)]
    let here: SemanticVersion?

    init(_ paths: UpgradePaths, here: SemanticVersion?) {
        edges = paths.edges.flatMap { from, targets in targets.map { (from: from, to: $0) } }
            .sorted { ($0.from, $0.to) < ($1.from, $1.to) }
        versions = Set(edges.flatMap { [$0.from, $0.to] }).sorted()
        self.here = here
    }

    var isEmpty: Bool { versions.isEmpty }

    var svg: String {
        let step = 120
        let margin = 60
        let widest =
            edges.map { position($0.to) - position($0.from) }.max() ?? 1
        let line = 24 + min(widest, 6) * 20
        var picture = SVG(
            "paths", width: margin * 2 + step * max(0, versions.count - 1), height: line + 46,
            title: "Upgrade paths", description: description)
        for edge in edges {
            let (from, to) = (position(edge.from), position(edge.to))
            let (x1, x2) = (margin + from * step, margin + to * step)
            let rise = min(to - from, 6) * 24
            let top = line - 12 - rise
            picture.path(
                "M \(x1) \(line - 12) C \(x1 + 24) \(top), \(x2 - 24) \(top), \(x2) \(line - 12)",
                "arc")
            picture.path(
                "M \(x2 - 4) \(line - 20) L \(x2) \(line - 11) L \(x2 - 9) \(line - 15)", "arc")
        }
        for (index, version) in versions.enumerated() {
            let x = margin + index * step
            if version == here {
                picture.diamond(x, line, 10, "point current", "the database is here")
            } else {
                picture.circle(x, line, 7, "point")
            }
            picture.write(
                version.description, x, line + 30, version == here ? "version current" : "version")
        }
        return picture.text
    }

    private func position(_ version: SemanticVersion) -> Int {
        versions.firstIndex(of: version) ?? 0
    }

    private var description: String {
        let texts = edges.map { "from \($0.from) to \($0.to)" }
        return "Allowed: \(texts.joined(separator: ", "))."
    }
}
