import Hummingbird

/// Remembers which theme somebody chose: it works without scripts, and for whoever is not signed in.
enum ThemeRoutes {
    static let routes = [
        Route(.pages, .post, "/theme", .nothing, isHarmless: true) { exchange in
            guard let theme = exchange.form["theme"].flatMap(Theme.init(rawValue:)) else {
                throw Problem(.badRequest, "theme is light, dark or auto", parameter: "theme")
            }
            var response = exchange.redirect(
                to: LocalPath.checked(exchange.form["return"], exchange))
            response.setCookie(
                Cookie(
                    name: Theme.cookie, value: theme.rawValue, maxAge: 31_536_000, path: "/",
                    secure: exchange.site.configuration.isSecure, httpOnly: true,
                    sameSite: .strict))
            return response
        }
    ]
}

/// Where a form may send somebody back to: a path below the pages, and never another site.
enum LocalPath {
    static func checked(_ path: String?, _ exchange: Exchange) -> String {
        let home = exchange.page()
        guard let path, path == home || path.hasPrefix(home + "/") || path.hasPrefix(home + "?"),
            !path.contains("\\"), !path.contains("//"),
            path.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
        else { return home }
        return path
    }
}
