import ApusCore
import ApusEngine
import Hummingbird

/// One migration: what it does, how it stands, and what became of it whenever it ran.
struct MigrationPage: Sendable {
    struct Fact: Sendable {
        var label: String
        var value: String
        var isMono: Bool
    }

    struct Attempt: Sendable {
        var run: String
        var href: String
        var state: Tone
        var when: String
        var time: String?
        var message: String?
    }

    struct Section: Sendable {
        var heading: String
        var note: String
        var lines: [SQLMarkup.Line]
        var cut: String?
        var isOpen: Bool
    }

    var notices: [Notice]
    var title: String
    var state: Tone
    var facts: [Fact]
    var diagnostics: [DiagnosticView]
    var difference: [TextDifference.Line]
    var hasDifference: Bool
    var sections: [Section]
    var attempts: [Attempt]
    var hasAttempts: Bool
    var picture: String?
    var undo: String?
    var run: String?
    var accept: String?
    /// Where everything above this one can be undone.
    var downTo: String?
    var reason: String?
    var home: String

    static let routes = [
        Route(.pages, .get, "/migrations/{id}", .look) { exchange in
            let sight = try await exchange.site.states.currentOrLast()
            let found = try find(try exchange.parameter("id"), in: sight)
            let attempts =
                sight.isCurrent ? try await exchange.site.migrator.journal(of: found.id) : []
            let stored = sight.isCurrent ? try await Self.stored(found, exchange) : nil
            let page = MigrationPage(found, stored, attempts, sight, exchange)
            return exchange.page("migration", page, title: page.title)
        }
    ]

    /// The migration of a text, with the nearest one where there is none.
    static func find(_ text: String, in sight: StateReader.Sight) throws -> MigrationState {
        let all = sight.overview.state.migrations
        if let found = all.first(where: { $0.id.description == text }) { return found }
        let nearest = Suggestion.nearest(to: text, in: all.map(\.id.description))
        throw Problem(
            .notFound, "There is no migration of that id",
            detail: nearest.map { "Did you mean \($0)?" }, parameter: "id")
    }

    /// The text that ran, where the file is gone or says something else.
    private static func stored(
        _ found: MigrationState, _ exchange: Exchange
    ) async throws -> MigrationSource? {
        guard found.status == .missing || found.status == .changed else { return nil }
        let row = try await exchange.site.migrator.history().applied.first { $0.id == found.id }
        guard case .whole(let bytes)? = row?.text else { return nil }
        return MigrationSource(path: found.id.fileName, bytes: bytes)
    }

    private init(
        _ found: MigrationState, _ stored: MigrationSource?, _ attempts: [MigrationAttempt],
        _ sight: StateReader.Sight, _ exchange: Exchange
    ) {
        let dialect = exchange.site.migrator.driver.engine
        notices = Notice.old(sight)
        title = found.id.title
        state = Tone(found.status)
        facts = Self.facts(found, sight)
        diagnostics = (sight.overview.state.drift + sight.overview.state.problems).filter {
            $0.location?.file.hasSuffix(found.id.fileName) == true
                || $0.message.hasPrefix(found.id.title)
        }.map(DiagnosticView.init)
        if let stored, let file = found.migration?.source {
            difference = TextDifference.lines(from: stored.text, to: file.text)
        } else {
            difference = []
        }
        hasDifference = !difference.isEmpty
        let parsed =
            found.migration
            ?? stored.flatMap {
                // It ran once; what cannot be read any more is not shown.
                try? MigrationParser(dialect: dialect).parse(
                    source: $0, fileName: found.id.fileName)
            }
        sections = parsed.map { Self.sections($0, dialect) } ?? []
        self.attempts = attempts.map { Attempt($0, exchange) }
        hasAttempts = !attempts.isEmpty
        let dots = attempts.compactMap { attempt in
            attempt.entry.duration.map {
                DurationsPicture.Dot(
                    run: attempt.run, duration: $0,
                    status: attempt.entry.status == .done ? .succeeded : .failed)
            }
        }
        picture = dots.count > 1 ? DurationsPicture(dots: dots).svg : nil
        home = exchange.page()
        let version = found.id.version.description.queryEncoded
        reason = Actions.obstacle(sight, exchange)
        let isThere = found.applied != nil || found.unfinished != nil
        if reason == nil, isThere, found.canRollBack {
            undo = exchange.page("/plan?undo=\(version)")
        }
        let isBelow = sight.overview.state.history.applied.contains {
            $0.id.version > found.id.version
        }
        if reason == nil, found.applied != nil, isBelow {
            downTo = exchange.page("/plan?down-to=\(version)")
        }
        if reason == nil, found.status == .changed {
            accept = exchange.page("/plan?accept=\(found.id.description.queryEncoded)")
        }
        if reason == nil, found.status == .pending { run = exchange.page("/plan?to=\(version)") }
    }

    private static func facts(_ found: MigrationState, _ sight: StateReader.Sight) -> [Fact] {
        var facts: [Fact] = []
        func add(_ label: String, _ value: String?, mono: Bool = false) {
            if let value, !value.isEmpty {
                facts.append(Fact(label: label, value: value, isMono: mono))
            }
        }
        add("File", found.migration?.source.path ?? "\(found.id.fileName) (gone)", mono: true)
        add(
            "Checksum",
            (found.migration?.checksum ?? found.applied?.checksum).map { "sha256 \($0.hex)" },
            mono: true)
        if let row = found.applied {
            add("Applied", "\(Words.moment(row.appliedAt)) UTC by \(row.appliedBy)")
            add(
                "Took",
                row.isBaseline ? "recorded as a baseline, not run" : Words.duration(row.duration))
            add("Run", "#\(row.run)")
        }
        guard let file = found.migration else { return facts }
        add("Directives", Self.directives(file).joined(separator: " · "), mono: true)
        return facts
    }

    private static func directives(_ file: Migration) -> [String] {
        var words: [String] = []
        if file.up.transaction == .none { words.append("no-transaction") }
        if let reason = file.irreversibleReason { words.append("irreversible \(reason)") }
        if case .declared(let needed) = file.dependencies {
            words.append(
                "depends-on \(needed.isEmpty ? "none" : needed.map(\.text).joined(separator: " "))")
        }
        if let version = file.minimumApplication { words.append("minimum-application \(version)") }
        if let limit = file.up.lockTimeout { words.append("lock-timeout \(Words.duration(limit))") }
        if let limit = file.up.statementTimeout {
            words.append("statement-timeout \(Words.duration(limit))")
        }
        return words + file.allowances.map { "allow \($0.rule) \($0.reason)" }
    }

    private static func sections(_ file: Migration, _ dialect: DatabaseEngine) -> [Section] {
        func section(_ heading: String, _ script: Script) -> Section {
            let markup = SQLMarkup(
                file.source, script.section, line: script.line, dialect: dialect)
            let transaction =
                script.transaction == .none ? "without a transaction" : "in one transaction"
            return Section(
                heading: heading,
                note: "\(Words.count(script.statementCount, "statement")), \(transaction)",
                lines: markup.lines,
                cut: markup.left > 0 ? "… \(Words.count(markup.left, "more line"))" : nil,
                isOpen: markup.lines.count <= 120)
        }
        return [section("Up", file.up)] + (file.down.map { [section("Down", $0)] } ?? [])
    }
}

extension MigrationPage.Attempt {
    init(_ attempt: MigrationAttempt, _ exchange: Exchange) {
        run = "#\(attempt.run)"
        href = exchange.page("/runs/\(attempt.run)")
        state = RunView.StepView(attempt.entry).state
        when = "\(Words.moment(attempt.entry.startedAt)) UTC"
        time = attempt.entry.duration.map(Words.duration)
        message = attempt.entry.message
    }
}
