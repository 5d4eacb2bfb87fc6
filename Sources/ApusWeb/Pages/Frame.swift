import ApusEngine
import Hummingbird

/// What every page has around it.
struct Frame: Sendable {
    struct Link: Sendable {
        var label: String
        var href: String
        var isCurrent: Bool
        /// What leads there after `g`.
        var key = ""
    }

    var title: String
    var project: String
    /// `nil` for whoever may not look inside.
    var database: String?
    /// `nil` where it says no more than the name.
    var location: String?
    var environment: String?
    var isProduction: Bool
    var links: [Link]
    var hasLinks: Bool
    var visitor: String?
    var role: String?
    var signOut: String?
    var token: String
    var home: String
    /// `light`, `dark`, or `auto`, which leaves it to the browser.
    var theme: String
    var themes: [Link]
    var themePath: String
    var here: String
    var icon: String
    var style: String
    var script: String
    /// Seconds after which a browser without scripts loads the page again.
    var refresh: Int?
    var body: String

    init(_ exchange: Exchange, title: String, current: String, refresh: Int?, body: String) {
        let site = exchange.site
        let target = site.migrator.driver.target
        self.title = title
        project = site.configuration.title
        let isInside = exchange.allows(nil)
        database = isInside ? target.name : nil
        location = isInside && target.location != target.name ? target.location : nil
        environment =
            isInside && !site.configuration.environment.isEmpty
            ? site.configuration.environment : nil
        isProduction = isInside && site.configuration.isProduction
        home = exchange.page()
        links =
            exchange.visitor == nil
            ? []
            : Self.places.map { path, label, key in
                Link(
                    label: label, href: exchange.page(path), isCurrent: path == current, key: key)
            }
        hasLinks = !links.isEmpty
        visitor = exchange.visitor?.name
        role =
            switch exchange.visitor?.access {
            case .act(let roles): roles.contains(.operator) ? "operator" : "viewer"
            case .read: "viewer"
            case .forbidden, nil: nil
            }
        signOut = exchange.visitor == nil ? nil : site.authorizer.signOutPath
        token = exchange.visitor == nil ? "" : exchange.formToken
        let chosen = Theme(exchange.request)
        theme = chosen.rawValue
        themes = Theme.allCases.map {
            Link(label: $0.rawValue, href: $0.glyph, isCurrent: $0 == chosen)
        }
        themePath = exchange.page("/theme")
        here = exchange.request.uri.string
        icon = exchange.page("/assets/\(Assets.icon.name)")
        style = exchange.page("/assets/\(Assets.style.name)")
        script = exchange.page("/assets/\(Assets.script.name)")
        self.refresh = refresh
        self.body = body
    }

    /// The pages that the navigation names: below the mount path, the name, the key behind `g`.
    static let places: [(String, String, String)] = [
        ("", "Overview", "o"), ("/runs", "Runs", "r"), ("/schedule", "Schedule", "s"),
        ("/checks", "Checks", "c"), ("/data", "Data", "d"), ("/backups", "Backups", "b"),
        ("/versions", "Versions", "v"), ("/graph", "Graph", "g"),
        ("/analytics", "Analytics", "n"), ("/health", "Health", "h"), ("/audit", "Audit", "a"),
    ]
}

/// Light, dark, or as the browser says.
enum Theme: String, CaseIterable, Sendable {
    case auto, light, dark

    static let cookie = "apus-theme"

    init(_ request: Request) {
        self = request.cookies[Self.cookie].flatMap { Theme(rawValue: $0.value) } ?? .auto
    }

    var glyph: String {
        switch self {
        case .auto: "◐"
        case .light: "☀"
        case .dark: "☾"
        }
    }
}
