/// The colours of the graph in a file of its own: those of the pages, light or dark as its reader is.
enum GraphStyle {
    static let standalone = """
        svg { \(variables("[data-theme=\"light\"]")) }
        @media (prefers-color-scheme: dark) { svg { \(variables("[data-theme=\"dark\"]")) } }
        svg { background: var(--paper); font-family: system-ui, "Segoe UI", "Noto Sans", "Liberation Sans", sans-serif; }
        \(rules)
        """

    /// What the style sheet of the pages says of the graph's elements.
    private static let rules = String(decoding: PackageResources.graph_css, as: UTF8.self)

    /// The colours that the style sheet defines for one theme, as far as the graph has them.
    private static func variables(_ theme: String) -> String {
        let sheet = String(decoding: PackageResources.apus_css, as: UTF8.self)
        guard let start = sheet.firstRange(of: ":root\(theme) {")?.upperBound,
            let end = sheet[start...].firstIndex(of: "}")
        else { preconditionFailure("the style sheet has no colours for \(theme)") }
        let definitions = sheet[start..<end].split(separator: ";").map {
            $0.drop(while: \.isWhitespace)
        }
        return definitions.filter { definition in
            let name = definition.prefix { $0 != ":" }
            return name == "color-scheme" || name == "--paper" || rules.contains("var(\(name))")
        }.joined(separator: "; ")
    }
}
