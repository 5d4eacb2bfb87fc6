package import ApusCore
package import ApusEngine

/// The dependencies: layers from left to right, an arrow from what is needed to who needs it.
package struct GraphPicture: Sendable {
    private let survey: DependencySurvey
    private let layered: LayeredGraph
    private let id: String

    private static let box = (width: 172, height: 48)
    private static let pitch = (x: 236, y: 66)
    private static let margin = 10
    /// The description names this many migrations; a table beside the picture names all.
    private static let mostDescribed = 40

    /// - Parameter id: Unique on its page.
    package init(_ survey: DependencySurvey, _ layered: LayeredGraph, id: String = "graph") {
        self.survey = survey
        self.layered = layered
        self.id = id
    }

    /// For a page, whose style sheet gives the colours.
    package var svg: String { drawing.text }

    /// A file of its own, light or dark as its reader is.
    package var document: String {
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\(drawing.text(style: GraphStyle.standalone))\n"
    }

    private var drawing: SVG {
        let extent = layered.extent
        let (width, height) = (
            max(0, extent.layer - 1) * Self.pitch.x + Self.box.width + 2 * Self.margin,
            max(0, extent.row - 1) * Self.pitch.y + Self.box.height + 2 * Self.margin
        )
        var picture = SVG(
            id, width: width, height: height, title: "Dependencies of the migrations",
            description: description, style: "graph")
        for edge in layered.edges { draw(edge, in: &picture) }
        for node in layered.nodes { draw(node, in: &picture) }
        return picture
    }

    private func corner(_ place: LayeredGraph.Place) -> (x: Int, y: Int) {
        (Self.margin + place.layer * Self.pitch.x, Self.margin + place.row * Self.pitch.y)
    }

    private func draw(_ edge: LayeredGraph.Edge, in picture: inout SVG) {
        let (from, to) = (layered.nodes[edge.from], layered.nodes[edge.to])
        let style = to.isDeclared ? "need declared" : "need"
        let middle = Self.box.height / 2
        let start = corner(from.place)
        var (x, y) = (start.x + Self.box.width, start.y + middle)
        var data = "M \(x) \(y)"
        for stop in edge.bends + [to.place] {
            let next = corner(stop)
            let isEnd = stop == to.place
            let end = next.x - (isEnd ? 7 : 0)
            let half = (end - x) / 2
            data +=
                " C \(x + half) \(y), \(end - half) \(next.y + middle), \(end) \(next.y + middle)"
            (x, y) = (end, next.y + middle)
            if !isEnd {
                x += Self.box.width
                data += " L \(x) \(y)"
            }
        }
        picture.path(data, style)
        picture.path("M \(x) \(y - 5) L \(x + 8) \(y) L \(x) \(y + 5) Z", "\(style) head")
    }

    private func draw(_ node: LayeredGraph.Node, in picture: inout SVG) {
        let (x, y) = corner(node.place)
        let (width, height) = Self.box
        switch node.content {
        case .collapsed(let ids):
            picture.rectangle(x + 4, y + 4, width, height, "node good")
            picture.rectangle(x, y, width, height, "node good", node.content.title)
            picture.write("✓ \(ids.count) applied", x + 10, y + 20, "version", anchor: "start")
            let versions = ids.map(\.version)
            if let first = versions.min(), let last = versions.max() {
                let range = first == last ? "\(first)" : "\(first) to \(last)"
                picture.write(Self.short(range, 24), x + 10, y + 38, "small", anchor: "start")
            }
        case .migration(let migration):
            let tone = survey.statuses[migration].map(Tone.init)
            let state = tone.map { ": \($0.word)" } ?? ""
            picture.rectangle(
                x, y, width, height, "node \(tone?.tone ?? "unknown")", migration.title + state)
            let version = Self.short(migration.version.description, 16)
            picture.write(
                tone.map { "\($0.glyph) \(version)" } ?? version, x + 10, y + 20, "version",
                anchor: "start")
            if let tone {
                picture.write(
                    tone.word, x + width - 10, y + 20, "small state \(tone.tone)", anchor: "end")
            }
            picture.write(Self.short(migration.name, 24), x + 10, y + 38, "small", anchor: "start")
        }
    }

    private var description: String {
        let told = layered.nodes.prefix(Self.mostDescribed).map { node -> String in
            let needs = node.needs.map(\.title)
            let state: String =
                if case .migration(let id) = node.content, let status = survey.statuses[id] {
                    " (\(Tone(status).word))"
                } else {
                    ""
                }
            return
                "\(node.content.title)\(state) \(needs.isEmpty ? "needs nothing" : "needs \(needs.joined(separator: " and "))")"
        }
        let rest = layered.nodes.count - told.count
        let sentences =
            [survey.sentence(layered)] + told + (rest > 0 ? ["\(rest) more follow"] : [])
        return layered.nodes.isEmpty
            ? "There are no migrations." : sentences.joined(separator: ". ") + "."
    }

    private static func short(_ text: String, _ length: Int) -> String {
        text.count <= length ? text : text.prefix(length - 1) + "…"
    }
}
