import ApusCore
import ApusEngine
import Hummingbird

/// Asks what a rehearsal begins with and how far it goes, and begins it.
struct RehearsalForm: Sendable {
    struct Choice: Sendable {
        var value: String
        var label: String
        var isChosen: Bool
    }

    var action: String
    var token: String
    var starts: [Choice]
    var versions: [Choice]
    var place: String
    var database: String
    var budget: String?
    var gate: String?
    var back: String

    static let routes = [
        Route(.pages, .get, "/checks/rehearse", .act(.operator)) { exchange in
            let sight = try await exchange.site.states.current()
            let page = try RehearsalForm(sight, exchange)
            return exchange.page("rehearse", page, title: "Rehearse?", current: "/checks")
        },
        Route(.pages, .post, "/checks/rehearsals", .act(.operator)) { exchange in
            let request = try request(
                from: exchange.form["from"], to: exchange.form["to"], exchange)
            let id = try await begin(request, exchange)
            return exchange.redirect(
                to: exchange.page(id.map { "/checks/rehearsals/\($0)" } ?? "/checks"))
        },
    ]

    /// Where a rehearsal can be begun, or why it cannot be.
    static func offer(
        _ sight: StateReader.Sight, _ exchange: Exchange
    ) -> (href: String?, reason: String?) {
        guard exchange.site.configuration.rehearsal != nil else {
            return (nil, "Rehearsals are not begun from here: apus test holds one.")
        }
        guard exchange.allows(.operator) else {
            return (nil, "You may look. Rehearsing needs the role “operator”.")
        }
        guard sight.isCurrent else {
            return (nil, "Nothing can be started while the state of the database is not known.")
        }
        // Whoever begins one is written into the audit, which only a registry holds.
        guard case .present = sight.overview.state.history.registry else {
            return (nil, "Nothing has been migrated here yet: apus test rehearses the first time.")
        }
        return (exchange.page("/checks/rehearse"), nil)
    }

    /// The request of two fields, as people and programs send them.
    ///
    /// - Parameter start: `nothing`, `latest`, or a backup's opaque id: never a path (W9).
    static func request(
        from start: String?, to version: String?, _ exchange: Exchange
    ) throws -> RehearsalRequest {
        guard var request = exchange.site.configuration.rehearsal else {
            throw Problem(.notFound, "Rehearsals cannot be begun here")
        }
        request.target = try version.map { try exchange.version($0, of: "to") }
        switch start {
        case nil, "latest": request.start = .latest
        case "nothing": request.start = .nothing
        case .some(let id):
            let entry = try exchange.site.migrator.ownBackups().first {
                Opaque.id(of: $0.name) == id
            }
            guard let entry else {
                throw Problem(
                    .badRequest, "from is nothing, latest, or the id of a backup",
                    detail: "There is no backup of that id; it may have been pruned.",
                    parameter: "from")
            }
            request.start = .backup(entry.name)
        }
        return request
    }

    /// - Returns: The job; `nil` where another process began it for the same form.
    static func begin(
        _ request: RehearsalRequest, _ exchange: Exchange
    ) async throws(Diagnostics) -> Job.ID? {
        try exchange.site.catalogue.refresh()
        return try await exchange.site.jobs.rehearse(
            request, with: exchange.site.migrator, key: exchange.actionKey,
            by: exchange.visitor?.name ?? "", from: exchange.address)
    }

    private init(_ sight: StateReader.Sight, _ exchange: Exchange) throws {
        let site = exchange.site
        guard let request = site.configuration.rehearsal else {
            throw Problem(.notFound, "Rehearsals cannot be begun here")
        }
        action = exchange.page("/checks/rehearsals")
        token = exchange.formToken
        let sound = sight.backups.filter { $0.isSound && $0.isHere && $0.provider == "dump" }
        let now = site.migrator.now()
        starts =
            (sound.isEmpty
                ? []
                : [
                    Choice(
                        value: "latest",
                        label: "the latest backup (\(Moments.ago(sound[0].takenAt, now)))",
                        isChosen: true)
                ])
            + [
                Choice(
                    value: "nothing", label: "nothing: an empty database",
                    isChosen: sound.isEmpty)
            ]
            + sound.dropFirst().prefix(20).map {
                Choice(value: Opaque.id(of: $0.name), label: $0.name, isChosen: false)
            }
        let waiting = sight.overview.state.waiting
        versions =
            [Choice(value: "", label: "everything there is", isChosen: true)]
            + Set(waiting.map(\.version)).sorted().map {
                Choice(value: $0.description, label: $0.description, isChosen: false)
            }
        database = site.migrator.driver.target.name
        place =
            request.place == .privateServer
            ? "in a private server, which is ended and removed with it"
            : site.migrator.driver.engine == .sqlite
                ? "in a file of its own, which is removed with it"
                : "in a database of its own on the same server, which is removed with it"
        let limits = [
            request.budget.step.map { "a step may take \(Words.duration($0))" },
            request.budget.lock.map { "a lock may be held for \(Words.duration($0))" },
        ].compactMap(\.self)
        budget =
            limits.isEmpty
            ? nil : "\(limits.joined(separator: " and ").capitalizedFirst): more fails it."
        gate = site.migrator.options.rehearsal.map {
            "A run here wants a rehearsal with a backup of at most \(Words.duration($0.maximumAge))."
        }
        back = exchange.page("/checks")
    }
}
