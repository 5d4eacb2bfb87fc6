/// Some of the figures: a table, and mostly a picture of the same.
struct FiguresTable: Sendable {
    struct Head: Sendable {
        var label: String
        var isNumber: Bool
    }

    struct Row: Sendable {
        var cells: [Cell]
    }

    struct Cell: Sendable {
        var text: String
        /// Repeats the column's head, for screens that have no room for columns; `nil` for what says
        /// itself what it is.
        var label: String?
        var href: String?
        var isNumber = false
        /// Whether it is what the row is about.
        var isName = false
        var tone: Tone?
    }

    var id: String
    var title: String
    /// What the figures are, where the heads do not say it.
    var note: String?
    var picture: String?
    /// What the picture's shapes mean.
    var legend: String?
    var heads: [Head]
    var rows: [Row]
    /// How many are not shown, and how to see them.
    var more: String?
    /// Whether the table is folded below its picture, which is as wide as it is and may have to be scrolled.
    var isFolded: Bool

    /// - Parameter columns: The heads, with `#` before those of numbers.
    init(
        _ id: String, _ title: String, note: String? = nil, columns: [String], rows: [[Cell]],
        more: String? = nil, picture: String? = nil, legend: String? = nil, isFolded: Bool = false
    ) {
        self.id = id
        self.title = title
        self.note = note
        self.picture = picture
        self.legend = legend
        self.more = more
        self.isFolded = isFolded
        let heads = columns.map { column in
            let isNumber = column.hasPrefix("#")
            return Head(label: isNumber ? String(column.dropFirst()) : column, isNumber: isNumber)
        }
        self.heads = heads
        self.rows = rows.map { cells in
            Row(
                cells: zip(heads, cells).enumerated().map { index, pair in
                    var cell = pair.1
                    cell.isName = index == 0
                    cell.isNumber = pair.0.isNumber
                    cell.label = index == 0 || cell.text.isEmpty ? nil : pair.0.label
                    return cell
                })
        }
    }
}

extension FiguresTable.Cell: ExpressibleByStringLiteral, ExpressibleByStringInterpolation {
    init(stringLiteral text: String) { self.init(text: text) }

    init(_ text: String?, href: String? = nil) { self.init(text: text ?? "", href: href) }

    init(_ tone: Tone) { self.init(text: "", tone: tone) }
}
