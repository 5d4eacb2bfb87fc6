/// Amounts beside each other: a bar each, and where there is a greater one of the same, a line to it.
struct BarsPicture: Sendable {
    struct Bar: Hashable, Sendable {
        enum Tone: String, Hashable, Sendable {
            case plain = "bar"
            case warn = "bar warn"
            case bad = "bar bad"
        }

        var label: String
        var value: Double
        /// The same at its greatest.
        var greatest: Double?
        /// What stands behind the bar: the amount as the table writes it, with what makes it stand out.
        var text: String
        var tone = Tone.plain
    }

    let id: String
    let title: String
    let bars: [Bar]

    /// Of the picture's width, in percent: where the longest bar ends, where the lines to what is
    /// greater do, and where the amounts stand. On a screen of 320 points there is room for each.
    private static let (longest, edge, amounts) = (58.0, 64.0, 66.0)
    private static let row = 42

    var svg: String {
        var picture = SVG(
            id, width: nil, height: bars.count * Self.row + 4, title: title,
            description: description, style: "bars")
        let greatest = max(bars.map(\.value).max() ?? 0, .ulpOfOne)
        func percent(_ value: Double) -> Double { value / greatest * Self.longest }
        for (index, bar) in bars.enumerated() {
            let y = index * Self.row
            picture.write(Self.short(bar.label), percent: 0, y + 16, "label")
            picture.bar(
                y + 22, percent: max(0.4, percent(bar.value)), height: 13, bar.tone.rawValue,
                "\(bar.label): \(bar.text)")
            if let most = bar.greatest, most > bar.value {
                picture.line(
                    y + 28, fromPercent: percent(bar.value),
                    toPercent: min(percent(most), Self.edge), "whisker")
            }
            picture.write(bar.text, percent: Self.amounts, y + 33, "small")
        }
        return picture.text
    }

    private var description: String {
        bars.map { "\($0.label): \($0.text)" }.joined(separator: "; ") + "."
    }

    /// Long names lose their middle: their versions and environments tell them apart.
    private static func short(_ text: String) -> String {
        text.count <= 40 ? text : "\(text.prefix(22))…\(text.suffix(17))"
    }
}
