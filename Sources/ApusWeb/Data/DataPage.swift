import ApusCore
import ApusEngine
import Hummingbird

/// The data migrations: how far they are, and their pause, resumption and end.
struct DataPage: Sendable {
    struct Row: Sendable {
        var title: String
        var href: String
        var state: Tone
        var progress: String
        var percent: Int?
        var rate: String
        var message: String?
        var actions: [Action]
    }

    struct Action: Sendable {
        var label: String
        var title: String
        var path: String
        var isDanger: Bool
    }

    var notices: [Notice]
    var rows: [Row]
    var hasRows: Bool
    var isEmpty: Bool
    var token: String
    var reason: String?

    static let routes =
        [
            Route(.pages, .get, "/data", .look) { exchange in
                let sight = try await exchange.site.states.currentOrLast()
                let all = sight.isCurrent ? try await exchange.site.migrator.dataProgress() : []
                let page = DataPage(all, sight, exchange)
                return exchange.page(
                    "data", page, title: "Data", current: "/data",
                    refresh: all.contains { $0.state == .open } ? 3 : nil)
            }
        ]
        + DataMigrationChange.allCases.map { change in
            Route(.pages, .post, "/data/{id}/\(change.rawValue)", .act(.operator)) { exchange in
                _ = try await perform(change, exchange)
                return exchange.redirect(to: exchange.page("/data"))
            }
        }

    /// Changes the data migration that the path names, audited before and behind.
    static func perform(
        _ change: DataMigrationChange, _ exchange: Exchange
    ) async throws -> [DataMigrationProgress] {
        let text = try exchange.parameter("id")
        let migrator = exchange.site.migrator
        guard let id = MigrationID(text) else {
            throw Problem(.notFound, "There is no data migration of that id", parameter: "id")
        }
        let audit = try await migrator.recordIntent(
            AuditIntent(
                person: exchange.visitor?.name ?? "", address: exchange.address,
                action: "\(change.rawValue)-data", subject: id.title, key: exchange.actionKey))
        do throws(Diagnostics) {
            let after = try await migrator.change(id, change)
            try await migrator.recordOutcome(of: audit, "done", run: nil)
            await exchange.site.states.forget()
            return after
        } catch {
            try await migrator.recordOutcome(of: audit, error.all[0].code.rawValue, run: nil)
            throw error
        }
    }

    static func tone(_ state: DataMigrationProgress.State) -> Tone {
        switch state {
        case .open: Tone("live", "◐", "open")
        case .paused: Tone("next", "○", "paused")
        case .cancelled: Tone("warn", "▲", "cancelled")
        case .failed: Tone("bad", "✗", "failed")
        case .done: Tone("good", "✓", "complete")
        }
    }

    private init(
        _ all: [DataMigrationProgress], _ sight: StateReader.Sight, _ exchange: Exchange
    ) {
        notices = Notice.old(sight)
        token = exchange.formToken
        let canAct = exchange.allows(.operator) && sight.isCurrent
        reason =
            canAct ? nil : "You may look. Stopping data migrations needs the role “operator”."
        rows = all.map { Row($0, canAct: canAct, exchange) }
        hasRows = !rows.isEmpty
        isEmpty = rows.isEmpty
    }
}

extension DataPage.Row {
    init(_ progress: DataMigrationProgress, canAct: Bool, _ exchange: Exchange) {
        title = progress.migration.title
        href = exchange.page("/migrations/\(progress.migration.description.pathEncoded)")
        state = DataPage.tone(progress.state)
        let rows =
            progress.rowsExpected.map {
                "\(Words.number(progress.rowsDone)) of about \(Words.number(max($0, progress.rowsDone))) rows"
            } ?? "\(Words.number(progress.rowsDone)) rows"
        self.progress = "\(rows), \(Words.count(Int(progress.batchesDone), "batch", "batches"))"
        percent = progress.fraction.map { Int($0 * 100) }
        let rate = progress.rate.map { "\(Words.number(Int($0.rounded()))) rows a second" }
        let left = progress.remaining.map { "about \(Words.duration($0)) left" }
        self.rate = [rate, left].compactMap(\.self).joined(separator: ", ")
        message = progress.message
        let path = exchange.page("/data/\(progress.migration.description.pathEncoded)")
        let changes: [DataMigrationChange] =
            switch progress.state {
            case .open: [.pause, .cancel]
            case .paused, .failed, .cancelled: [.resume]
            case .done: []
            }
        let title = title
        actions =
            canAct
            ? changes.map {
                DataPage.Action(
                    label: $0.rawValue.capitalizedFirst, title: title,
                    path: "\(path)/\($0.rawValue)", isDanger: $0 == .cancel)
            } : []
    }
}
