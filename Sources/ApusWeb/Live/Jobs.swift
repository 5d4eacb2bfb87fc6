import ApusCore
import ApusEngine
import Logging
import Synchronization

/// Takes and verifies backups and holds rehearsals for the page: each job goes on whoever looks.
actor Jobs {
    private let migrator: Migrator
    private let states: StateReader
    private let notifier: Notifier
    private let logger: Logger
    /// The latest, in the order in which they were begun.
    private(set) var all: [Job] = [] {
        didSet {
            let job = all.last { !$0.isOver && !$0.kind.isRehearsal }
            live.withLock { $0 = job?.what }
        }
    }
    private let live = Mutex<String?>(nil)
    private var tasks: [Job.ID: Task<Void, Never>] = [:]
    /// What was begun with which key.
    private var keys: [String: Job.ID] = [:]
    private var begun = 0
    private var isStopping = false

    /// How many jobs are remembered.
    private static let most = 100

    /// What goes on just now and keeps everything else from being started: a rehearsal does not.
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
        try await begin(.take, intent, with: migrator) { migrator, progress in
            let record = try await migrator.backUp { event in
                if case .backupProgress(let now) = event { progress.note(bytes: now.bytes) }
            }
            return .text(
                "\(record.name), \(Words.bytes(record.bytes)), \(record.isVerified ? "read back and hashed" : "not verified")"
            )
        }
    }

    /// Begins to read a backup back in full.
    func verify(
        _ name: String, key: String, by person: String, from address: String?
    ) async throws(Diagnostics) {
        let intent = AuditIntent(
            person: person, address: address, action: "verify-backup", subject: name, key: key)
        try await begin(.verify(name), intent, with: migrator) { migrator, _ in
            let entry = try await migrator.verifyBackup(name)
            return .text(
                entry.isVerified
                    ? "\(entry.name) is whole and readable"
                    : "\(entry.name) is not verified: nothing could read it back, for want of backup_verify_command"
            )
        }
    }

    /// Begins a rehearsal; the same key begins one.
    ///
    /// - Parameter migrator: With the catalogue as it is now.
    ///
    /// Returns its id; `nil` where another process began it with that key.
    @discardableResult
    func rehearse(
        _ request: RehearsalRequest, with migrator: Migrator, key: String, by person: String,
        from address: String?
    ) async throws(Diagnostics) -> Job.ID? {
        let intent = AuditIntent(
            person: person, address: address, action: "rehearse", subject: request.words, key: key)
        return try await begin(.rehearse(request), intent, with: migrator) { migrator, progress in
            .report(try await migrator.rehearse(request) { progress.note($0) })
        }
    }

    /// The job of an id, where this process did it and has not forgotten it.
    func job(_ id: Job.ID) -> Job? { all.first { $0.id == id } }

    /// Asks a job to end; what it made for itself is removed.
    func cancel(_ id: Job.ID) { tasks[id]?.cancel() }

    /// Takes no more, stops what goes on and waits until it has ended.
    func stop() async {
        isStopping = true
        for task in tasks.values { task.cancel() }
        for task in tasks.values { await task.value }
    }

    @discardableResult
    private func begin(
        _ kind: Job.Kind, _ intent: AuditIntent, with migrator: Migrator,
        _ work: @escaping @Sendable (Migrator, JobProgress) async throws -> Job.Product
    ) async throws(Diagnostics) -> Job.ID? {
        let key = intent.key ?? ""
        if let id = keys[key] { return id }
        guard !isStopping else {
            throw Diagnostics([Diagnostic(.interrupted, "the server is about to stop")])
        }
        guard !all.contains(where: { !$0.isOver && $0.kind.isRehearsal == kind.isRehearsal }) else {
            throw Diagnostics([
                Diagnostic(
                    .lockBusy,
                    kind.isRehearsal
                        ? "another rehearsal goes on just now"
                        : "another backup is being taken or verified just now")
            ])
        }
        begun += 1
        let id = begun
        keys[key] = id
        let job = Job(id: id, kind: kind, person: intent.person, startedAt: migrator.now())
        remember(job)
        var migrator = migrator
        migrator.options.startedBy = intent.person
        if !kind.isRehearsal { migrator.options.lockWait = .seconds(2) }
        let audit: AuditID
        do throws(Diagnostics) {
            audit = try await migrator.recordIntent(intent)
        } catch {
            close(id, .failure(error))
            // The same form, sent to another process before: there it was begun.
            if error.all[0].code == .requestRepeated { return nil }
            // What was never begun may be tried again with the same form.
            keys[key] = nil
            throw error
        }
        let isStopped = isStopping
        tasks[id] = Task { [migrator] in
            // Asked to stop while the intent was written: its outcome is written as well.
            if isStopped { withUnsafeCurrentTask { $0?.cancel() } }
            let outcome: Result<Job.Product, Diagnostics>
            do {
                outcome = .success(try await work(migrator, job.progress))
            } catch let diagnostics as Diagnostics {
                outcome = .failure(diagnostics)
            } catch {
                outcome = .failure(Diagnostics([Diagnostic(.internalError, "\(error)")]))
            }
            await end(id, outcome, audit, intent, migrator)
        }
        return id
    }

    /// Whatever is over makes room.
    private func remember(_ job: Job) {
        if all.count >= Self.most, let oldest = all.firstIndex(where: \.isOver) {
            let id = all.remove(at: oldest).id
            keys = keys.filter { $0.value != id }
        }
        all.append(job)
    }

    private func close(_ id: Job.ID, _ outcome: Result<Job.Product, Diagnostics>) {
        guard let index = all.firstIndex(where: { $0.id == id }) else { return }
        all[index].outcome = outcome
    }

    private func end(
        _ id: Job.ID, _ outcome: Result<Job.Product, Diagnostics>, _ audit: AuditID,
        _ intent: AuditIntent, _ migrator: Migrator
    ) async {
        close(id, outcome)
        tasks[id] = nil
        let word =
            switch outcome {
            case .success(.text): "done"
            case .success(.report(let report)): report.passed ? "passed" : "not passed"
            case .failure(let failure): failure.all[0].code.rawValue
            }
        logger.log(
            level: word == "done" || word == "passed" ? .info : .error, "\(intent.action)",
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
