import ApusCore
import ApusEngine

/// How long each run took: a dot a run, over its number.
struct DurationsPicture: Sendable {
    struct Dot: Hashable, Sendable {
        var run: RunID
        var duration: Duration
        var status: RunStatus
    }

    /// In the order of the runs.
    let dots: [Dot]

    init(dots: [Dot]) {
        self.dots = dots.sorted { $0.run < $1.run }
    }

    init(_ runs: [RunRecord]) {
        dots = runs.suffix(60).compactMap { run in
            run.length.map { Dot(run: run.id, duration: $0, status: run.status) }
        }
    }

    var svg: String {
        let (width, height, left, bottom) = (680, 150, 64, 118)
        let longest = max(dots.map { $0.duration / .seconds(1) }.max() ?? 1, 0.001)
        var picture = SVG(
            "durations", width: width, height: height, title: "How long the runs took",
            description: description)
        for part in [0.0, 0.5, 1.0] {
            let y = bottom - Int(part * 96)
            picture.line(left, y, width - 8, y, "grid")
            picture.write(
                Words.duration(.seconds(longest * part)), left - 8, y + 4, "small", anchor: "end")
        }
        let step = Double(width - left - 32) / Double(max(1, dots.count - 1))
        for (index, dot) in dots.enumerated() {
            let x = left + 12 + Int(Double(index) * step)
            let y = bottom - Int(dot.duration / .seconds(1) / longest * 96)
            let hint = "run \(dot.run): \(Words.duration(dot.duration)), \(dot.status.rawValue)"
            if dot.status == .succeeded {
                picture.circle(x, y, 4, "dot good", hint)
            } else {
                picture.diamond(x, y, 6, "dot bad", hint)
            }
            if index == 0 || index == dots.count - 1 {
                picture.write("#\(dot.run)", x, height - 10, "small")
            }
        }
        return picture.text
    }

    private var description: String {
        guard let longest = dots.max(by: { $0.duration < $1.duration }) else { return "No runs." }
        let failed = dots.count { $0.status != .succeeded }
        return
            "\(Words.count(dots.count, "run")); the longest, run \(longest.run), took \(Words.duration(longest.duration)); \(failed) did not succeed."
    }
}
