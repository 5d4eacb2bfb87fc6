import ApusCore
import ApusEngine
import Logging

/// Performs the runs that were started here: each goes on whoever looks, and ends in order when the
/// server is told to stop.
actor RunKeeper {
    private struct Kept {
        var task: Task<Void, Never>
        var log: RunLog
    }

    /// An order, and the run that it leads to.
    private struct Taken {
        var order: RunOrder
        var task: Task<Result<RunID, Diagnostics>, Never>
    }

    private let migrator: Migrator
    private let catalogue: LiveCatalogue
    private let states: StateReader
    private let notifier: Notifier
    private let logger: Logger
    /// Runs of this process by number; ended ones stay until newer ones push them out.
    private var kept: [RunID: Kept] = [:]
    private var orders: [String: Taken] = [:]
    private var orderKeys: [String] = []
    private var isStopping = false
    private static let mostOrders = 1000
    private static let mostKept = 20

    init(
        migrator: Migrator, catalogue: LiveCatalogue, states: StateReader, notifier: Notifier,
        logger: Logger
    ) {
        self.migrator = migrator
        self.catalogue = catalogue
        self.states = states
        self.notifier = notifier
        self.logger = logger
    }

    /// Starts a run, or finds the one that the same order started before, and gives its number as
    /// soon as the database knows it. Throws what stood against it before it was begun.
    func start(_ order: RunOrder) async throws(Diagnostics) -> RunID {
        if let earlier = orders[order.key] { return try await earlier.task.value.get() }
        guard !isStopping else {
            throw Diagnostics([Diagnostic(.interrupted, "the server is about to stop")])
        }
        let task = Task { await self.begin(order) }
        remember(Taken(order: order, task: task))
        let result = await task.value
        // What was never begun may be tried again with the same form.
        if case .failure = result { orders[order.key] = nil }
        return try result.get()
    }

    /// What a run of this process has told so far; `nil` for runs of others.
    func log(of id: RunID) -> RunLog? { kept[id]?.log }

    /// What an order with the same key has come to before: here, or in another process, or in one
    /// that is gone, which the database remembers.
    func earlier(_ order: RunOrder) async throws(Diagnostics) -> RunOrder.Earlier {
        if let taken = orders[order.key] {
            guard taken.order.isSame(as: order) else { return .another }
            if case .success(let id) = await taken.task.value { return .run(id) }
        }
        return try await order.earlier(in: migrator)
    }

    /// Asks a run of this process to stop. Throws where it is not one; one that is over stays as it
    /// is.
    func cancel(
        _ id: RunID, by person: String, from address: String?
    ) async throws(Diagnostics) {
        guard let run = kept[id] else {
            // Throws where there is no such run at all.
            guard try await migrator.sight(of: id).isLive else { return }
            throw Diagnostics([
                Diagnostic(
                    .lockBusy, "run \(id) goes on in another process, and is stopped there",
                    help: ["send that process SIGINT"])
            ])
        }
        guard !run.log.isOver else { return }
        let intent = AuditIntent(
            person: person, address: address, action: "cancel", subject: "run \(id)")
        var audit = try await recordUnlessHeldUp(intent)
        logger.notice("a run is cancelled", metadata: ["run": "\(id)", "by": "\(person)"])
        run.task.cancel()
        if audit == nil {
            await run.task.value
            audit = try await migrator.recordIntent(intent)
        }
        if let audit { try await migrator.recordOutcome(of: audit, "done", run: id) }
    }

    /// Takes no more orders, stops what goes on, and waits until it has ended in order.
    func stop() async {
        isStopping = true
        for run in kept.values { run.task.cancel() }
        // An order that is just being taken ends within its wait for the lock, or is kept by then.
        for order in orders.values { _ = await order.task.value }
        for run in kept.values { await run.task.value }
    }

    /// Writes an intent; `nil` where the run itself is in the way.
    ///
    /// On SQLite a step's transaction keeps everybody else from writing for as long as it goes on. To
    /// refuse to stop it for that would be to refuse it always: it is written when it has ended.
    private func recordUnlessHeldUp(
        _ intent: AuditIntent
    ) async throws(Diagnostics) -> AuditID? {
        do throws(Diagnostics) {
            return try await migrator.recordIntent(intent)
        } catch {
            guard error.all[0].code == .lockTimeout else { throw error }
            return nil
        }
    }

    // MARK: One run

    private func begin(_ order: RunOrder) async -> Result<RunID, Diagnostics> {
        let (begun, report) = AsyncStream<Result<RunID, Diagnostics>>.makeStream()
        let log = RunLog()
        var migrator = migrator
        migrator.catalogue = catalogue.now
        migrator.options.startedBy = order.person
        migrator.options.planning.down = order.down
        migrator.options.audit = order.intent
        // Somebody waits for the answer in a browser: another run is told of, not waited for.
        migrator.options.lockWait = .seconds(2)
        let (states, notifier, logger) = (states, notifier, logger)
        let work = Task { [migrator] in
            do throws(Diagnostics) {
                let done = try await migrator.run(order.goal, expecting: order.digest) { event in
                    log.take(event)
                    RunLogger.log(event, run: log.run, by: order.person, to: logger)
                    RunMetrics.take(event)
                    if case .runStarted(let id, _) = event { report.yield(.success(id)) }
                    notifier.take(event, run: log.run, by: order.person)
                }
                if done.run == nil {
                    report.yield(
                        .failure(
                            Diagnostics([
                                Diagnostic(
                                    .planChanged, "there is nothing to do any more",
                                    details: ["it would be now: \(done.plan.sentence)"])
                            ])))
                }
            } catch {
                logger.warning(
                    "a run was not begun",
                    metadata: [
                        "code": "\(error.all[0].code.rawValue)", "by": "\(order.person)",
                        "reason": "\(error.all[0].message)",
                    ])
                report.yield(.failure(error))
            }
            log.end()
            await states.forget()
            report.finish()
        }
        var answer: Result<RunID, Diagnostics>?
        for await first in begun {
            answer = first
            break
        }
        if case .success(let id) = answer { keep(id, Kept(task: work, log: log)) }
        await states.forget()
        return answer
            ?? .failure(Diagnostics([Diagnostic(.internalError, "the run did not begin")]))
    }

    private func keep(_ id: RunID, _ run: Kept) {
        kept[id] = run
        let over = kept.filter { $0.value.log.isOver }.keys.sorted()
        for old in over.dropLast(Self.mostKept) { kept[old] = nil }
        // It may have ended, or been told to stop, before it was noted here.
        if isStopping { run.task.cancel() }
    }

    private func remember(_ taken: Taken) {
        orders[taken.order.key] = taken
        orderKeys.append(taken.order.key)
        if orderKeys.count > Self.mostOrders { orders[orderKeys.removeFirst()] = nil }
    }
}
