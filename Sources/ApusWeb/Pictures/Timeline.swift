import ApusCore
import ApusEngine

/// The versions in a row: what the database has, where it stands, what is pending, what is planned.
struct Timeline: Sendable {
    struct Point: Hashable, Sendable {
        enum Kind: String, Hashable, Sendable {
            case applied, current, pending, planned

            var word: String { self == .current ? "the database is here" : rawValue }

            /// Of several that are said of one version, the first counts.
            fileprivate var precedence: Int {
                switch self {
                case .current: 0
                case .pending: 1
                case .applied: 2
                case .planned: 3
                }
            }
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
        let migrations = state.migrations
        var all = migrations.indices.map { index -> Point in
            let version = migrations[index].id.version
            let kind: Point.Kind = migrations[index].applied == nil ? .pending : .applied
            return Point(version: version, kind: version == state.version ? .current : kind)
        }
        all += catalogue.roadmap.map { Point(version: $0.version, kind: .planned) }
        all.sort { ($0.version, $0.kind.precedence) < ($1.version, $1.kind.precedence) }
        all = all.enumerated().filter { index, point in
            index == 0 || all[index - 1].version != point.version
        }.map(\.element)
        let here = all.lastIndex { $0.kind == .current || $0.kind == .applied } ?? 0
        let start = max(0, min(here - Self.most / 2, all.count - Self.most))
        points = all.dropFirst(start).prefix(Self.most).map { point in
            var point = point
            point.title =
                catalogue.release(point.version)?.title
                ?? catalogue.roadmap.first { $0.version == point.version }?.title
            return point
        }
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
