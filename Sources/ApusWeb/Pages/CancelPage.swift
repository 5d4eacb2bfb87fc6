import ApusCore
import ApusEngine
import Hummingbird

/// Asks before a run is stopped, and stops it.
struct CancelPage: Sendable {
    var number: String
    var action: String
    var token: String
    var back: String
    var isSequential: Bool

    static let routes = [
        Route(.pages, .get, "/runs/{run}/cancel", .act(.operator)) { exchange in
            let id = try RunPage.id(exchange)
            guard let log = await exchange.site.keeper.log(of: id)?.now, !log.isOver else {
                return exchange.redirect(to: exchange.page("/runs/\(id)"))
            }
            let page = CancelPage(
                number: id.description, action: exchange.page("/runs/\(id)/cancel"),
                token: exchange.formToken, back: exchange.page("/runs/\(id)"),
                isSequential: log.isSequential)
            return exchange.page("cancel", page, title: "Stop run \(id)?", current: "/runs")
        },
        Route(.pages, .post, "/runs/{run}/cancel", .act(.operator)) { exchange in
            let id = try RunPage.id(exchange)
            try await exchange.site.keeper.cancel(
                id, by: exchange.visitor?.name ?? "", from: exchange.address)
            return exchange.redirect(to: exchange.page("/runs/\(id)"))
        },
    ]
}
