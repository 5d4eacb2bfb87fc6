import ApusCore
import ApusEngine
import HTTPTypes

/// A goal as fields of a query, a form, or a document: `to=1.2.0`, `undo=1.2.0`, `cascade=1`,
/// `down=file` or `stored`, `down-to=1.1.0`, `accept=ID`, `mark-applied=ID`, `mark-reverted=ID`, `resume=1`; none of them is
/// the latest version.
struct GoalFields: Sendable {
    var goal: Goal
    /// Which down section is run where the file's is not the one that was applied.
    var down: Step.Origin?

    /// - Parameter name: How whoever sent a field calls it.
    init(
        _ exchange: Exchange, name called: (String) -> String = { $0 }, field: (String) -> String?
    ) throws {
        let given = [
            "to", "undo", "down-to", "accept", "mark-applied", "mark-reverted", "resume",
        ].filter { field($0) != nil }
        guard given.count <= 1 else {
            throw Problem(
                .badRequest,
                "\(given.map(called).joined(separator: " and ")) exclude each other",
                parameter: called(given[1]))
        }
        func version(_ name: String) throws -> SemanticVersion? {
            try field(name).map { try exchange.version($0, of: called(name)) }
        }
        func id(_ name: String) throws -> MigrationID? {
            guard let text = field(name) else { return nil }
            guard let id = MigrationID(text) else {
                throw Problem(
                    .badRequest, "\(name): \"\(text)\" is no migration's id", parameter: name)
            }
            return id
        }
        func flag(_ name: String) throws -> Bool {
            guard let text = field(name) else { return false }
            guard text == "1" else {
                throw Problem(.badRequest, "\(name) is 1, or left out", parameter: name)
            }
            return true
        }
        down = try field("down").map { text in
            guard let origin = Step.Origin(rawValue: text) else {
                throw Problem(
                    .badRequest, "down is file or stored", parameter: called("down"))
            }
            return origin
        }
        let isResumed = try flag("resume")
        let cascade = try flag("cascade")
        if let migration = try id("accept") {
            goal = .acceptEdit(migration)
        } else if let migration = try id("mark-applied") {
            goal = .markApplied(migration)
        } else if let migration = try id("mark-reverted") {
            goal = .markReverted(migration)
        } else if isResumed {
            goal = .resume
        } else if let target = try version("to") {
            goal = .upTo(target)
        } else if let target = try version("undo") {
            goal = .undo(target, cascade: cascade)
        } else if let target = try version("down-to") {
            goal = .downTo(target)
        } else {
            goal = .latest
        }
    }

    init(_ goal: Goal, down: Step.Origin? = nil) {
        self.goal = goal
        self.down = down
    }

    /// What else can be asked for where a plan was refused.
    func ways(after refusal: Diagnostics, _ exchange: Exchange) -> [Problem.Way] {
        func way(_ label: String, _ fields: GoalFields) -> Problem.Way {
            Problem.Way(label: label, href: exchange.page("/plan\(fields.query)"))
        }
        switch (refusal.all[0].code, goal) {
        case (.dependedUpon, .undo(let version, cascade: false)):
            return [
                way(
                    "Undo what depends on it as well…",
                    GoalFields(.undo(version, cascade: true), down: down))
            ]
        case (.downDiverged, _) where down == nil:
            return [
                way(
                    "Undo with what was kept when it was applied…", GoalFields(goal, down: .stored)),
                way("Undo with the file as it is now…", GoalFields(goal, down: .file)),
            ]
        default: return []
        }
    }

    /// The migrator that plans and runs it.
    func migrator(_ site: Site) -> Migrator {
        var migrator = site.migrator
        migrator.options.planning.down = down
        return migrator
    }

    var fields: [(name: String, value: String)] {
        goalFields + (down.map { [("down", $0.rawValue)] } ?? [])
    }

    private var goalFields: [(name: String, value: String)] {
        switch goal {
        case .upTo(let version): [("to", version.description)]
        case .undo(let version, let cascade):
            [("undo", version.description)] + (cascade ? [("cascade", "1")] : [])
        case .downTo(let version?): [("down-to", version.description)]
        case .acceptEdit(let id): [("accept", id.description)]
        case .markApplied(let id): [("mark-applied", id.description)]
        case .markReverted(let id): [("mark-reverted", id.description)]
        case .resume: [("resume", "1")]
        default: []
        }
    }

    var query: String {
        fields.isEmpty
            ? "" : "?" + fields.map { "\($0.name)=\($0.value.queryEncoded)" }.joined(separator: "&")
    }

    var isRollback: Bool {
        switch goal {
        case .undo, .downTo, .undoLast: true
        default: false
        }
    }

    /// Whether it mends the history instead of running anything, except what was begun.
    var isRepair: Bool {
        switch goal {
        case .acceptEdit, .markApplied, .markReverted, .resume: true
        default: false
        }
    }

    /// What has to be typed before a rollback, or before the history is told something that nobody
    /// can check: the version that it is about.
    var typed: String? {
        switch goal {
        case .undo(let version, _): version.description
        case .downTo(let version?): version.description
        case .markApplied(let id), .markReverted(let id): id.version.description
        default: nil
        }
    }
}
