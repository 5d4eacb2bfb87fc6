import HTTPTypes
import Hummingbird
import Mustache
import NIOCore

/// A whole page: a template's text inside the layout.
enum Page {
    static func response(
        _ template: String, _ values: Any, title: String, context: HostContext,
        status: HTTPResponse.Status = .ok
    ) -> Response {
        let body = library.render(values, withTemplate: template) ?? ""
        let layout = Layout(title: title, body: body, context)
        let text = library.render(layout, withTemplate: "layout") ?? ""
        return Response(
            status: status, headers: [.contentType: "text/html; charset=utf-8"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }

    /// Compiled once. A template that is wrong is a bug that every page would show.
    private static let library: MustacheLibrary = {
        var library = MustacheLibrary()
        for (name, bytes) in sources {
            do {
                try library.register(String(decoding: bytes, as: UTF8.self), named: name)
            } catch {
                preconditionFailure("template \(name): \(error)")
            }
        }
        return library
    }()

    private static let sources: [(String, [UInt8])] = [
        ("layout", PackageResources.layout_mustache),
        ("trips", PackageResources.trips_mustache),
        ("trip", PackageResources.trip_mustache),
        ("guest", PackageResources.guest_mustache),
        ("field", PackageResources.field_mustache),
        ("housekeeping", PackageResources.housekeeping_mustache),
        ("signin", PackageResources.signin_mustache),
        ("maintenance", PackageResources.maintenance_mustache),
        ("problem", PackageResources.problem_mustache),
    ]

    private struct Layout {
        var title: String
        var body: String
        let style = Assets.style.path
        let icon = Assets.icon.path
        var account: String?
        var role: String
        var token: String
        var links: [Link]
        var hasLinks: Bool

        init(title: String, body: String, _ context: HostContext) {
            self.title = title
            self.body = body
            account = context.session?.account.name
            role = context.session?.account.role.rawValue ?? ""
            token = context.session?.token ?? ""
            hasLinks = context.session != nil
            links =
                context.session == nil
                ? []
                : [
                    Link(label: "Trips", href: "/"),
                    Link(label: "Housekeeping", href: "/housekeeping"),
                    Link(label: "Database", href: "/admin/migrations"),
                ].map { link in
                    var link = link
                    link.isCurrent =
                        link.href == context.path
                        || link.href == "/" && context.path.hasPrefix("/trips")
                    return link
                }
        }

    }

    private struct Link {
        var label: String
        var href: String
        var isCurrent = false
    }
}

/// What a row's state looks like: a glyph and a word, and a colour beside them.
struct Badge {
    var tone: String
    var glyph: String
    var word: String

    init(_ status: String) {
        word = status.replacing("_", with: " ")
        (tone, glyph) =
            switch status {
            case "checked_in", "in_progress", "submitted": ("live", "◐")
            case "checked_out", "accepted", "done": ("good", "✓")
            case "rejected", "no_show": ("bad", "✗")
            case "cancelled", "skipped": ("calm", "–")
            default: ("next", "○")
            }
    }
}

/// `2025-01-15 09:10`: without what the engines write differently behind it.
func minutes(_ timestamp: String?) -> String { String((timestamp ?? "").prefix(16)) }
