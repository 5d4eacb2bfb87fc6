import ApusCore
import ApusEngine

/// The versions in a row: what the database has, where it stands, what is pending, what is planned.
struct Timeline: Sendable {
    struct Point: Hashable, Sendable {
        enum Kind: String, Hashable, Sendable {
            case applied, current, pending, planned

            var word: String { self == .current ? "the database is here" : rawValue }
        }

        var version: SemanticVersion
        var kind: Kind
        var title: String?
    }

    /// Ascending; at most ``most``, around where the database stands.
    var points: [Point]
    /// How many were left out on either side.
    var before: Int
    var after: Int

    static let most = 9

    init(_ state: DatabaseState, _ catalogue: Catalogue) {
        let applied = Set(state.history.applied.map(\.id.version))
        let pending = Set(
            state.migrations.filter { $0.applied == nil }.map(\.id.version))
        let planned = catalogue.roadmap.map(\.version).filter {
            !applied.contains($0) && !pending.contains($0)
        }
        let all = applied.union(pending).union(planned).sorted().map { version in
            let kind: Point.Kind =
                if version == state.version {
                    .current
                } else if pending.contains(version) {
                    .pending
                } else if applied.contains(version) {
                    .applied
                } else {
                    .planned
                }
            return Point(
                version: version, kind: kind,
                title: catalogue.release(version)?.title
                    ?? catalogue.roadmap.first { $0.version == version }?.title)
        }
        let here = all.lastIndex { $0.kind == .current || $0.kind == .applied } ?? 0
        let start = max(0, min(here - Self.most / 2, all.count - Self.most))
        points = Array(all.dropFirst(start).prefix(Self.most))
        before = start
        after = all.count - start - points.count
    }

    var svg: String {
        let step = 140
        let margin = 70
        let width = margin * 2 + step * max(0, points.count - 1)
        var picture = SVG(
            "timeline", width: width, height: 92, title: "Versions of the database",
            description: description)
        let line = 34
        for (index, point) in points.enumerated().dropFirst() {
            let x = margin + index * step
            let style =
                point.kind == .applied || point.kind == .current ? "done" : point.kind.rawValue
            picture.line(x - step, line, x, line, "way \(style)")
        }
        if before > 0 {
            picture.line(4, line, margin, line, "way done")
            picture.write("+\(before)", 20, line - 12, "small")
        }
        if after > 0 {
            let end = width - margin
            picture.line(end, line, width - 4, line, "way planned")
            picture.write("+\(after)", width - 20, line - 12, "small")
        }
        for (index, point) in points.enumerated() {
            let x = margin + index * step
            let hint = "\(point.version): \(point.kind.word)"
            switch point.kind {
            case .current: picture.diamond(x, line, 11, "point current", hint)
            case .applied: picture.circle(x, line, 7, "point applied", hint)
            case .pending: picture.circle(x, line, 7, "point pending", hint)
            case .planned: picture.circle(x, line, 4, "point planned", hint)
            }
            picture.write(
                Self.short(point.version.description, 15), x, line + 32,
                "version \(point.kind.rawValue)")
            picture.write(
                point.title.map { Self.short($0, 20) } ?? point.kind.rawValue, x, line + 50, "small"
            )
        }
        return picture.text
    }

    private var description: String {
        let texts = points.map { "\($0.version) \($0.kind.word)" }
        return points.isEmpty ? "There are no versions yet." : texts.joined(separator: ", ") + "."
    }

    private static func short(_ text: String, _ length: Int) -> String {
        text.count <= length ? text : text.prefix(length - 1) + "…"
    }
}
