import ApusCore

/// Judges what was looked at: pure, the same findings for the same observations.
struct Examination {
    typealias Finding = Diagnosis.Finding

    let seen: Observations
    var limits = ExaminationLimits()

    var findings: [Finding] {
        (connection + rights + tools + lock + sessions + registry + migrations + schedule + indexes
            + backups + disk).map(\.withAdvice)
    }

    // MARK: Connection, rights, tools

    private var connection: [Finding] {
        switch seen.facts {
        case .failure(let error): return [Finding(.connection, error.diagnostic)]
        case .success(let facts):
            let obstacles = health?.obstacles.map { Finding(.connection, $0.diagnostic) } ?? []
            let name = "\(facts.product) as \(facts.user)"
            guard let reason = facts.readOnlyReason else {
                return obstacles.isEmpty ? [Finding(.connection, .good, name)] : obstacles
            }
            return [
                Finding(
                    .connection, .error, "\(name) cannot be written to: \(reason)",
                    help: [
                        "connect to the primary server, or make the file and its folder writable; then: apus doctor"
                    ],
                    code: .readOnlyServer)
            ] + obstacles
        }
    }

    private var rights: [Finding] {
        switch seen.health {
        case nil: return []
        case .failure(let error)?: return [Finding(.rights, error.diagnostic)]
        case .success(let health)?:
            if health.missingRights.isEmpty {
                return [Finding(.rights, .good, "nothing that a run needs is missing")]
            }
            let user = (try? seen.facts.get().user) ?? "the user"
            return health.missingRights.map { right in
                Finding(
                    .rights, right.isAlwaysNeeded ? .error : .warning,
                    "\(user) may not \(right.action)", help: [right.grant],
                    code: right.isAlwaysNeeded ? .insufficientPrivilege : nil)
            }
        }
    }

    private var tools: [Finding] {
        switch seen.tools {
        case nil: return []
        case .success(let tools)?:
            return [Finding(.tools, .good, "a backup can be made: \(tools)")]
        case .failure(let error)?:
            var finding = Finding(.tools, error.diagnostic)
            if seen.policy == .never { finding.level = .warning }
            return [finding]
        }
    }

    // MARK: Lock and sessions

    private var lock: [Finding] {
        switch seen.lock {
        case nil: return []
        case .failure(let error)?: return [Finding(.lock, error.diagnostic)]
        case .success(.free)?:
            guard let runs = history?.openRuns, !runs.isEmpty else {
                return [Finding(.lock, .good, "free")]
            }
            return runs.map { run in
                Finding(
                    .lock, .warning, "run \(run) never ended, and nobody holds the lock",
                    details: ["its process went away"], help: ["close it: apus repair resume"])
            }
        case .success(.held(let holder))?:
            let run =
                history?.openRuns.last.map { "run \($0) is going on" } ?? "somebody is at work"
            return [
                Finding(
                    .lock, .notice, "held by \(holder.sentence): \(run)",
                    help: ["wait for it: apus wait"])
            ]
        }
    }

    private var sessions: [Finding] {
        guard let health else { return [] }
        let found = health.blockers.filter(isTooLong).map(finding)
        return found.isEmpty
            ? [Finding(.sessions, .good, "nothing stands in the way of a migration")] : found
    }

    private func isTooLong(_ blocker: Blocker) -> Bool {
        let age = blocker.holder.since
        return switch blocker.kind {
        case .idleInTransaction, .prepared: (age ?? .zero) >= limits.idle
        case .statement: (age ?? .zero) >= limits.statement && !blocker.tables.isEmpty
        case .unseen, .writer: true
        }
    }

    private func finding(_ blocker: Blocker) -> Finding {
        let tables =
            blocker.tables.isEmpty
            ? ""
            : ", with locks on \(blocker.tables.prefix(3).joined(separator: ", "))"
                + (blocker.tables.count > 3 ? " and \(blocker.tables.count - 3) more" : "")
        let what: String
        var level = Finding.Level.warning
        switch blocker.kind {
        case .idleInTransaction, .statement: what = "\(Optional(blocker.holder).sentence)"
        case .prepared(let name): what = "the prepared transaction \"\(name)\" waits for its commit"
        case .unseen:
            what = "\(Optional(blocker.holder).sentence) does what this user may not see"
            level = .notice
        case .writer: what = "another connection is writing to the database"
        }
        let since =
            if case .prepared = blocker.kind {
                blocker.holder.since.map { " since \($0.inWholeUnits)" } ?? ""
            } else {
                ""
            }
        return Finding(
            .sessions, level, "\(what)\(since)\(tables)",
            help: blocker.remedy.map { ["end it, if nobody misses it: \($0)"] } ?? [
                "wait for it, and look again: apus doctor"
            ])
    }

    // MARK: Indexes

    private var indexes: [Finding] {
        (health?.invalidIndexes ?? []).map { index in
            if let builder = index.builder {
                return Finding(
                    .indexes, .notice,
                    "\(index.name) on \(index.table) is being built by process \(builder)",
                    help: ["wait for it, and look again: apus doctor"])
            }
            return Finding(
                .indexes, .warning, "\(index.name) on \(index.table) is not valid",
                details: ["it costs at every write and serves no query"],
                help: [
                    "build it again: REINDEX INDEX CONCURRENTLY \(index.name);",
                    "or drop it: DROP INDEX CONCURRENTLY \(index.name);",
                ])
        }
    }

    var health: DatabaseHealth? { try? seen.health?.get() }
    var history: History? { try? seen.history?.get() }
}

extension Diagnosis.Finding {
    /// With a way to go on, where whoever found it gave none.
    fileprivate var withAdvice: Self {
        guard level != .good, help.isEmpty else { return self }
        var copy = self
        copy.help =
            switch (area, code) {
            case (.connection, _):
                ["check the address and whether the server runs, then: apus doctor"]
            case (_, let code?): ["see what to do: apus explain \(code.rawValue)"]
            case (_, nil): ["mend it, and look again: apus doctor"]
            }
        return copy
    }
}

extension LockHolder? {
    /// `pid 4121 (guests, psql, idle in transaction, 22 min)`
    var sentence: String {
        guard let holder = self else { return "another session" }
        let facts = [holder.user, holder.application, holder.state, holder.since?.inWholeUnits]
            .compactMap(\.self).filter { !$0.isEmpty }
        let name = holder.processID.map { "pid \($0)" } ?? "another process"
        return facts.isEmpty ? name : "\(name) (\(facts.joined(separator: ", ")))"
    }
}

extension Duration {
    /// `42 s`, `22 min`, `5 h`, `3 days`
    package var inWholeUnits: String {
        let seconds = components.seconds
        return switch seconds {
        case ..<120: "\(seconds) s"
        case ..<7200: "\(seconds / 60) min"
        case ..<172_800: "\(seconds / 3600) h"
        default: "\(seconds / 86_400) days"
        }
    }
}
