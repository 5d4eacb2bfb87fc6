import ApusCore
import ApusEngine
import Hummingbird

/// What depends on what: the picture, what is applied as one box, and the same as a table.
struct GraphPage: Sendable {
    struct Row: Sendable {
        var version: String
        var name: String
        var href: String
        var state: Tone
        var needs: [Need]
        var hasNeeds: Bool
        /// Why it needs them.
        var reason: String
    }

    struct Need: Sendable {
        var title: String
        var link: String
    }

    var sentence: String
    var picture: String?
    var rows: [Row]
    /// How many rows were left out.
    var more: Int?
    var isEmpty: Bool
    /// `Each of the 12 applied ones`; `nil` where nothing is drawn as one.
    var whole: String?
    var wholePicture: String?
    var wholeRows: [Row]

    static let routes = [
        Route(.pages, .get, "/graph", .look) { exchange in
            let sight = try await exchange.site.states.currentOrLast()
            let survey = try DependencySurvey(sight.overview.state)
            return exchange.page(
                "graph", GraphPage(survey) { exchange.page("/migrations/\($0)") },
                title: "Dependencies", current: "/graph")
        }
    ]

    /// A picture of more is looked at in a program that can zoom: `apus graph --format svg`.
    static let mostDrawn = 200
    static let mostRows = 500

    /// - Parameter href: Where a migration's own page is.
    init(_ survey: DependencySurvey, href: (MigrationID) -> String) {
        let layered = survey.layered(whole: false)
        sentence = survey.sentence(survey.layered(whole: true)) + "."
        picture =
            layered.nodes.count <= Self.mostDrawn ? GraphPicture(survey, layered).svg : nil
        isEmpty = layered.nodes.isEmpty
        let collapsed = layered.nodes.compactMap { node -> [MigrationID]? in
            if case .collapsed(let ids) = node.content { ids } else { nil }
        }.joined()
        let all = Self.rows(survey, layered, href)
        rows = Array(all.prefix(Self.mostRows))
        more = all.count > rows.count ? all.count - rows.count : nil
        whole = collapsed.isEmpty ? nil : "Each of the \(collapsed.count) applied ones"
        wholeRows = []
        guard whole != nil, survey.graph.order.count <= Self.mostDrawn else { return }
        let everything = survey.layered(whole: true)
        wholePicture = GraphPicture(survey, everything, id: "whole").svg
        let hidden = Set(collapsed.map(\.description))
        wholeRows = Self.rows(survey, everything, href, of: { hidden.contains($0.description) })
    }

    private static func rows(
        _ survey: DependencySurvey, _ layered: LayeredGraph, _ href: (MigrationID) -> String,
        of isWanted: (MigrationID) -> Bool = { _ in true }
    ) -> [Row] {
        layered.nodes.compactMap { node in
            guard case .migration(let id) = node.content, isWanted(id),
                let status = survey.statuses[id]
            else { return nil }
            let needs = node.needs.map { Need(title: $0.title, link: href($0)) }
            return Row(
                version: id.version.description, name: id.name, href: href(id),
                state: Tone(status), needs: needs, hasNeeds: !needs.isEmpty,
                reason: node.isDeclared
                    ? (needs.isEmpty
                        ? "declares that it needs nothing" : "declared with depends-on")
                    : (needs.isEmpty
                        ? "nothing is before it" : "declares nothing: after all before it"))
        }
    }
}
