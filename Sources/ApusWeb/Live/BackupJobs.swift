import ApusCore
import ApusEngine
import Logging
import Synchronization

/// Takes and verifies backups for the page: each job goes on whoever looks.
actor BackupJobs {
    struct Job: Sendable {
        enum Kind: Hashable, Sendable {
            case take
            case verify(String)
        }

        var kind: Kind
        var person: String
        var startedAt: Timestamp
        var bytes: Int64 = 0
        /// What it came to, in words.
        var outcome: Result<String, Diagnostics>?

        var isOver: Bool { outcome != nil }

        var what: String {
            switch kind {
            case .take: "A backup for \(person)"
            case .verify(let name): "Verifying \(name) for \(person)"
            }
        }

        var sentence: String {
            switch outcome {
            case nil:
                return bytes > 0 ? "\(what): \(Words.bytes(bytes)) written" : "\(what) goes on"
            case .success(let text): return "\(what): \(text)"
            case .failure(let failure): return "\(what): \(failure.all[0].message)"
            }
        }
    }

    private let migrator: Migrator
    private let states: StateReader
    private let notifier: Notifier
    private let logger: Logger
    private(set) var jobs: [Job] = [] {
        didSet {
            let job = jobs.last { !$0.isOver }
            live.withLock { $0 = job?.what }
        }
    }
    private let live = Mutex<String?>(nil)
    private var tasks: [Int: Task<Void, Never>] = [:]
    private var keys: Set<String> = []
    private var isStopping = false

    /// What goes on just now, for those who would start something else.
    nonisolated var goingOn: String? { live.withLock { $0.map { "\($0) goes on" } } }

    init(migrator: Migrator, states: StateReader, notifier: Notifier, logger: Logger) {
        self.migrator = migrator
        self.states = states
        self.notifier = notifier
        self.logger = logger
    }

    /// Begins a backup; a form that is sent twice begins one.
    func take(key: String, by person: String, from address: String?) async throws(Diagnostics) {
        let intent = AuditIntent(
            person: person, address: address, action: "backup",
            subject: migrator.driver.target.name, key: key)
        try await begin(.take, intent) { migrator, note in
            let record = try await migrator.backUp { event in
                if case .backupProgress(let progress) = event { note(progress.bytes) }
            }
            return
                "\(record.name), \(Words.bytes(record.bytes)), \(record.isVerified ? "read back and hashed" : "not verified")"
        }
    }

    /// Begins to read a backup back in full.
    func verify(
        _ name: String, key: String, by person: String, from address: String?
    ) async throws(Diagnostics) {
        let intent = AuditIntent(
            person: person, address: address, action: "verify-backup", subject: name, key: key)
        try await begin(.verify(name), intent) { migrator, _ in
            let entry = try await migrator.verifyBackup(name)
            return "\(entry.name) is whole and readable"
        }
    }

    /// Takes no more, stops what goes on and waits until it has ended.
    func stop() async {
        isStopping = true
        for task in tasks.values { task.cancel() }
        for task in tasks.values { await task.value }
    }

    private func begin(
        _ kind: Job.Kind, _ intent: AuditIntent,
        _ work:
            @escaping @Sendable (Migrator, @escaping @Sendable (Int64) -> Void) async throws
            -> String
    ) async throws(Diagnostics) {
        let key = intent.key ?? ""
        guard !keys.contains(key) else { return }
        guard !isStopping else {
            throw Diagnostics([Diagnostic(.interrupted, "the server is about to stop")])
        }
        guard !jobs.contains(where: { !$0.isOver }) else {
            throw Diagnostics([
                Diagnostic(.lockBusy, "another backup is being taken or verified just now")
            ])
        }
        keys.insert(key)
        let index = jobs.count
        jobs.append(Job(kind: kind, person: intent.person, startedAt: migrator.now()))
        var migrator = migrator
        migrator.options.startedBy = intent.person
        migrator.options.lockWait = .seconds(2)
        let audit: AuditID
        do throws(Diagnostics) {
            audit = try await migrator.recordIntent(intent)
        } catch {
            jobs[index].outcome = .failure(error)
            // The same form, sent to another process before: there it was begun.
            if error.all[0].code == .requestRepeated { return }
            // What was never begun may be tried again with the same form.
            keys.remove(key)
            throw error
        }
        let isStopped = isStopping
        tasks[index] = Task { [migrator] in
            // Asked to stop while the intent was written: its outcome is written as well.
            if isStopped { withUnsafeCurrentTask { $0?.cancel() } }
            let outcome: Result<String, Diagnostics>
            do {
                outcome = .success(
                    try await work(migrator) { bytes in Task { await self.note(bytes, index) } })
            } catch let diagnostics as Diagnostics {
                outcome = .failure(diagnostics)
            } catch {
                outcome = .failure(Diagnostics([Diagnostic(.internalError, "\(error)")]))
            }
            await end(index, outcome, audit, intent, migrator)
        }
    }

    private func note(_ bytes: Int64, _ index: Int) {
        jobs[index].bytes = max(jobs[index].bytes, bytes)
    }

    private func end(
        _ index: Int, _ outcome: Result<String, Diagnostics>, _ audit: AuditID,
        _ intent: AuditIntent, _ migrator: Migrator
    ) async {
        jobs[index].outcome = outcome
        tasks[index] = nil
        let word =
            switch outcome {
            case .success: "done"
            case .failure(let failure): failure.all[0].code.rawValue
            }
        logger.log(
            level: word == "done" ? .info : .error, "\(intent.action)",
            metadata: ["by": "\(intent.person)", "outcome": "\(word)"])
        if case .failure(let failure) = outcome, intent.action == "backup" {
            notifier.backupFailed(failure, by: intent.person)
        }
        do throws(Diagnostics) {
            try await migrator.recordOutcome(of: audit, word, run: nil)
        } catch {
            logger.error(
                "the outcome could not be audited", metadata: ["reason": "\(error.all[0].message)"])
        }
        await states.forget()
    }
}
