import ApusCore
import ApusEngine
import Synchronization

/// Something that goes on whoever looks: a backup taken or verified, a rehearsal.
struct Job: Sendable, Identifiable {
    enum Kind: Sendable {
        case take
        case verify(String)
        case rehearse(RehearsalRequest)

        var isRehearsal: Bool {
            if case .rehearse = self { true } else { false }
        }
    }

    enum Product: Sendable {
        /// What it came to, in words.
        case text(String)
        case report(RehearsalReport)
    }

    /// Counted from 1 by the process that does it.
    var id: Int
    var kind: Kind
    var person: String
    var startedAt: Timestamp
    var progress = JobProgress()
    var outcome: Result<Product, Diagnostics>?

    var isOver: Bool { outcome != nil }

    var report: RehearsalReport? {
        if case .success(.report(let report)) = outcome { report } else { nil }
    }

    var state: Tone {
        switch outcome {
        case nil: Tone("live", "◐", "going on")
        case .failure: Tone("bad", "✗", "failed")
        case .success(.text): Tone("good", "✓", "done")
        case .success(.report(let report)):
            report.passed ? Tone("good", "✓", "passed") : Tone("bad", "✗", "not passed")
        }
    }

    var what: String {
        switch kind {
        case .take: "A backup for \(person)"
        case .verify(let name): "Verifying \(name) for \(person)"
        case .rehearse(let request): "A rehearsal \(request.words) for \(person)"
        }
    }

    var sentence: String {
        switch outcome {
        case nil:
            let now = progress.now
            if !now.doing.isEmpty { return "\(what): \(now.doing)" }
            return now.bytes > 0
                ? "\(what): \(Words.bytes(now.bytes)) written" : "\(what) goes on"
        case .success(.text(let text)): return "\(what): \(text)"
        case .success(.report(let report)): return "\(what): \(report.closing)"
        case .failure(let failure): return "\(what): \(failure.all[0].message)"
        }
    }
}

/// How far a job has come: told by whoever does it, read by whoever looks.
final class JobProgress: Sendable {
    struct Sight: Sendable {
        var bytes: Int64 = 0
        /// `1.2.0 add_languages, down`; empty where it is not known.
        var doing = ""
        var migrations: [MigrationRehearsal] = []
        var assertions: [AssertionOutcome] = []
        /// How many migrations there are in all; `nil` before that is known.
        var total: Int?
    }

    private let sight = Mutex(Sight())

    var now: Sight { sight.withLock(\.self) }

    func note(bytes: Int64) { sight.withLock { $0.bytes = max($0.bytes, bytes) } }

    func note(_ event: RehearsalEvent) {
        sight.withLock { sight in
            switch event {
            case .verifying: sight.doing = "verifying the backup"
            case .making: sight.doing = "making a database for it"
            case .loading(let bytes, _):
                sight.doing = "restoring the backup, \(Words.bytes(bytes)) so far"
            case .planned(let plan): sight.total = (sight.total ?? 0) + plan.steps.count
            case .stepStarted(let id, let phase): sight.doing = "\(id.title), \(phase.words)"
            case .rehearsed(let migration): sight.migrations.append(migration)
            case .asserted(let outcome): sight.assertions.append(outcome)
            case .removing: sight.doing = "removing the database"
            case .cleared, .made, .step: break
            }
        }
    }
}

extension RehearsalRequest {
    /// `to 1.2.0, with the latest backup`
    var words: String {
        let start =
            switch start {
            case .nothing: "from nothing"
            case .latest: "with the latest backup"
            case .backup(let name): "with \(name)"
            }
        return target.map { "to \($0), \(start)" } ?? start
    }
}

extension RehearsalReport {
    /// `passed: 3 migrations in 1.20 s`
    var closing: String {
        let errors = findings.count { $0.severity == .error }
        let counted = "\(Words.count(migrations.count, "migration")) in \(Words.duration(duration))"
        if passed { return "passed: \(counted)" }
        let left = notReached.isEmpty ? "" : ", \(notReached.count) not reached"
        return "not passed: \(Words.count(errors, "problem")) with \(counted)\(left)"
    }
}
