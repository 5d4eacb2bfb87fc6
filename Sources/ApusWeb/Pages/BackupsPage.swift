import ApusCore
import ApusEngine
import Hummingbird
import SystemPackage

/// The backups that there are; taking, verifying and downloading them.
struct BackupsPage: Sendable {
    struct Row: Sendable {
        var name: String
        var when: String
        var ago: String
        var size: String
        var version: String
        var run: String?
        var runHref: String?
        var state: Tone
        var problem: String?
        var verify: String?
        var download: String?
    }

    struct JobView: Sendable {
        var state: Tone
        var text: String
    }

    var rows: [Row]
    var hasRows: Bool
    var isEmpty: Bool
    /// Why nothing is listed.
    var diagnostics: [DiagnosticView]
    var jobs: [JobView]
    var take: String?
    var reason: String?
    var token: String
    var isConfigured: Bool

    static let routes = [
        Route(.pages, .get, "/backups", .look) { exchange in
            let sight = try await exchange.site.states.currentOrLast()
            let jobs = await exchange.site.jobs.all.filter { !$0.kind.isRehearsal }
            let page = BackupsPage(sight, jobs, exchange)
            return exchange.page(
                "backups", page, title: "Backups", current: "/backups",
                refresh: jobs.contains { !$0.isOver } ? 2 : nil)
        },
        Route(.pages, .get, "/backups/new", .act(.operator)) { exchange in
            let sight = try await exchange.site.states.current()
            let page = NewBackup(
                action: exchange.page("/backups"), token: exchange.formToken,
                folder: exchange.site.migrator.backups?.folder.string,
                last: sight.backups.first.map { Words.bytes($0.bytes) },
                reason: Actions.obstacle(sight, exchange), back: exchange.page("/backups"))
            return exchange.page("newbackup", page, title: "Back up now?", current: "/backups")
        },
        Route(.pages, .post, "/backups", .act(.operator)) { exchange in
            try await exchange.site.jobs.take(
                key: exchange.actionKey, by: exchange.visitor?.name ?? "", from: exchange.address)
            return exchange.redirect(to: exchange.page("/backups"))
        },
        Route(.pages, .post, "/backups/{backup}/verify", .act(.operator)) { exchange in
            let entry = try Self.entry(exchange)
            try await exchange.site.jobs.verify(
                entry.name, key: exchange.actionKey, by: exchange.visitor?.name ?? "",
                from: exchange.address)
            return exchange.redirect(to: exchange.page("/backups"))
        },
        Route(.pages, .get, "/backups/{backup}/download", .act(.download)) { exchange in
            let entry = try Self.entry(exchange)
            return try await BackupDownload.response(entry, exchange)
        },
    ]

    /// The backup that an opaque id means: one of those listed, and nothing else (W9).
    private static func entry(_ exchange: Exchange) throws -> BackupEntry {
        let id = try exchange.parameter("backup")
        let all = try exchange.site.migrator.ownBackups()
        guard let entry = all.first(where: { Opaque.id(of: $0.name) == id }) else {
            throw Problem(.notFound, "There is no such backup", detail: "It may have been pruned.")
        }
        return entry
    }

    struct NewBackup: Sendable {
        var action: String
        var token: String
        var folder: String?
        var last: String?
        var reason: String?
        var back: String
    }

    private init(_ sight: StateReader.Sight, _ jobs: [Job], _ exchange: Exchange) {
        let now = exchange.site.migrator.now()
        isConfigured = exchange.site.migrator.backups != nil
        reason = Actions.obstacle(sight, exchange)
        take =
            reason == nil && Actions.canBackUp(sight, exchange)
            ? exchange.page("/backups/new") : nil
        token = exchange.formToken
        let canAct = reason == nil
        rows = sight.backups.map { entry in
            let path = exchange.page("/backups/\(Opaque.id(of: entry.name))")
            return Row(
                name: entry.name,
                when: Moments.parsed(entry.takenAt).map { "\(Words.moment($0)) UTC" } ?? "unknown",
                ago: Moments.ago(entry.takenAt, now), size: Words.bytes(entry.bytes),
                version: entry.databaseVersion ?? "empty", run: entry.run.map { "#\($0)" },
                runHref: entry.run.map { exchange.page("/runs/\($0)") },
                state: Tone(entry),
                problem: entry.problem, verify: canAct ? "\(path)/verify" : nil,
                download: exchange.allows(.download) && BackupDownload.isFile(entry, exchange.site)
                    ? "\(path)/download" : nil)
        }
        hasRows = !rows.isEmpty
        diagnostics = sight.backupFailure?.all.map(DiagnosticView.init) ?? []
        isEmpty = rows.isEmpty && diagnostics.isEmpty
        self.jobs = jobs.suffix(5).reversed().map { job in
            JobView(state: job.state, text: job.sentence)
        }
    }
}

extension Tone {
    init(_ entry: BackupEntry) {
        self =
            if entry.problem != nil {
                Tone("bad", "✗", "not to be trusted")
            } else if entry.isVerified {
                Tone("good", "✓", "verified")
            } else {
                Tone("warn", "▲", "not verified")
            }
    }
}
