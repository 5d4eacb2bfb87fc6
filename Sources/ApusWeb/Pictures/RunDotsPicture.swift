import ApusCore

/// The runs of one environment over time: a dot a run, its duration on a logarithmic scale.
struct RunDotsPicture: Sendable {
    /// The latest ones; the picture has room for no more.
    let dots: [EnvironmentFigures.RunDot]
    /// Unique on its page.
    let id: String
    private let name: String

    static let most = 300

    init(_ runs: [EnvironmentFigures.RunDot], of name: String, id: String) {
        dots = runs.suffix(Self.most).sorted { $0.startedAt < $1.startedAt }
        self.name = name
        self.id = id
    }

    private static let (width, height) = (1000, 240)
    private static let (left, right, top, bottom) = (64, 984, 16, 196)

    var svg: String {
        var picture = SVG(
            id, width: Self.width, height: Self.height, title: "How long the runs took: \(name)",
            description: description, style: "rundots")
        let scale = TimeScale(dots.map { $0.duration / .seconds(1) })
        for mark in scale.marks {
            let y = Self.y(scale.fraction(mark.seconds))
            picture.line(Self.left, y, Self.right, y, "grid")
            picture.write(mark.label, Self.left - 8, y + 4, "small", anchor: "end")
        }
        for (x, text, anchor) in moments {
            picture.write(text, x, Self.height - 14, "small", anchor: anchor)
        }
        for dot in dots {
            let (x, y) = (Self.x(time(dot)), Self.y(scale.fraction(dot.duration / .seconds(1))))
            let hint = Self.hint(dot)
            switch (dot.status == "succeeded", dot.isFlagged) {
            case (false, _): picture.diamond(x, y, 7, "dot bad", hint)
            case (true, true): picture.triangle(x, y, 8, "dot warn", hint)
            case (true, false): picture.circle(x, y, 4, "dot good", hint)
            }
        }
        // Their names stand beside the longest of those that stand out; the table has all.
        for dot in dots.filter(\.isFlagged).sorted(by: { $0.duration > $1.duration }).prefix(6) {
            let x = Self.x(time(dot))
            let isAtTheEnd = x > Self.right - 140
            picture.write(
                "▲ #\(dot.run) \(Words.duration(dot.duration))", x + (isAtTheEnd ? -13 : 13),
                Self.y(scale.fraction(dot.duration / .seconds(1))) + 4, "small",
                anchor: isAtTheEnd ? "end" : "start")
        }
        return picture.text
    }

    static let legend =
        "● succeeded · ▲ took more than three times the median of its kind · ◆ did not succeed"

    static func hint(_ dot: EnvironmentFigures.RunDot) -> String {
        let flag = dot.isFlagged ? ", above three times the median" : ""
        return
            "run \(dot.run), \(Words.moment(dot.startedAt)): \(dot.kind), \(dot.status), \(Words.duration(dot.duration))\(flag)"
    }

    // MARK: Places

    private var span: (first: Int64, last: Int64) {
        (dots.first?.startedAt.microseconds ?? 0, dots.last?.startedAt.microseconds ?? 0)
    }

    /// 0 to 1, from the first run to the last.
    private func time(_ dot: EnvironmentFigures.RunDot) -> Double {
        let (first, last) = span
        return last > first
            ? Double(dot.startedAt.microseconds - first) / Double(last - first) : 0.5
    }

    private static func x(_ fraction: Double) -> Int {
        left + 12 + Int(fraction * Double(right - left - 24))
    }

    private static func y(_ fraction: Double) -> Int {
        bottom - Int(fraction * Double(bottom - top))
    }

    /// When the first and the last began, and what is between them.
    private var moments: [(Int, String, String)] {
        let (first, last) = span
        guard last > first else {
            return dots.first.map { [(Self.x(0.5), Words.moment($0.startedAt), "middle")] } ?? []
        }
        return [(0.0, "start"), (0.5, "middle"), (1.0, "end")].map { part, anchor in
            let moment = Timestamp(microseconds: first + Int64(Double(last - first) * part))
            return (Self.x(part), Words.moment(moment), anchor)
        }
    }

    private var description: String {
        guard let longest = dots.max(by: { $0.duration < $1.duration }) else { return "No runs." }
        let failed = dots.count { $0.status != "succeeded" }
        let flagged = dots.count(where: \.isFlagged)
        return
            "\(Words.count(dots.count, "run")); the longest, run \(longest.run), took \(Words.duration(longest.duration)); \(flagged) took more than three times the median of their kind; \(failed) did not succeed."
    }
}
