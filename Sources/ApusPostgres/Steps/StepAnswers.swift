import ApusCore
import ApusEngine

/// One of the commands that a transactional step consists of.
enum StepCommand {
    /// BEGIN, the step's settings, the role to write the record with.
    case preparation
    case statement(Int, Statement)
    case record
    /// Asks which tables are there, before the first statement that may lock one.
    case relations
    /// Asks which locks are held behind a statement.
    case locks(behind: Int)
    /// Asks for the time before COMMIT.
    case moment
    /// Asks for the server's number of the transaction.
    case transactionID
    case commit
    case cleaning
    /// Asks for the lock, once the session is clean.
    case inspection
    /// Fails unless the next step may begin.
    case gate
    /// Ends what stands between two steps.
    case turn
}

/// What the server has answered to one attempt at a step, told of as it comes.
final class StepAnswers {
    private(set) var work: StepWork
    private(set) var statementsRun = 0
    /// The server's number for the transaction.
    private(set) var transactionID: String?
    /// COMMIT, or ROLLBACK where the transaction had failed before.
    private(set) var commitTag: String?
    /// Where locks are traced.
    let trace: LockTrace?
    /// The locks that were held, known once COMMIT is answered.
    private(set) var locks: [MeasuredLock]?
    /// From then on the transaction may have been committed although no answer came.
    var commitWasSent = false

    /// The statement that the server works at, as far as is known, and since when.
    private var current: (index: Int, since: ContinuousClock.Instant)?
    /// The first and the last statement that were sent behind others.
    private var sent: ClosedRange<Int>?
    /// Whether the steps before it are over.
    private var isBegun = false

    init(_ work: StepWork) {
        self.work = work
        trace = work.tracesLocks ? LockTrace() : nil
    }

    /// The steps before it are over: from now on its time is counted.
    func begin(_ work: StepWork) {
        self.work = work
        isBegun = true
        if let sent { begin(sent.lowerBound) }
    }

    /// A statement was sent behind others, which the server may still be working at.
    func willAnswer(_ index: Int) {
        sent = (sent?.lowerBound ?? index)...index
        if isBegun, current == nil { begin(index) }
    }

    /// A statement was sent alone, and is done.
    func ranAlone() {
        statementsRun += 1
        failpoint("postgres.step.statement-done")
    }

    func take(_ command: StepCommand, _ rows: Rows) {
        switch command {
        case .preparation, .record, .cleaning, .inspection, .gate, .turn: break
        case .statement(let index, _):
            failpoint("postgres.step.statement-done")
            finish(index, rows.affected)
        case .relations: trace?.takeStart(rows)
        case .locks(let index): trace?.takeLook(rows, behind: index)
        case .moment: trace?.takeEnd(rows)
        case .transactionID:
            failpoint("postgres.step.recorded")
            transactionID = rows.text(0, 0)
        case .commit:
            failpoint("postgres.step.committed")
            commitTag = rows.tag
            locks = trace?.locks
        }
    }

    private func begin(_ index: Int) {
        work.report(.statementStarted(index: index, of: work.step.script.statementCount))
        current = (index, .now)
    }

    private func finish(_ index: Int, _ rows: Int64?) {
        statementsRun += 1
        let now = ContinuousClock.now
        work.report(
            .statementFinished(
                index: index, of: work.step.script.statementCount,
                duration: current.map { now - $0.since } ?? .zero, rows: rows))
        current = nil
        if let sent, index < sent.upperBound { begin(index + 1) }
    }
}
