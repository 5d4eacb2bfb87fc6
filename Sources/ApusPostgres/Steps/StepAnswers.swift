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
}

/// What the server has answered to one attempt at a step, told of as it comes.
final class StepAnswers {
    private let work: StepWork
    private(set) var statementsRun = 0
    /// The server's number for the transaction.
    private(set) var transactionID: String?
    /// COMMIT, or ROLLBACK where the transaction had failed before.
    private(set) var commitTag: String?
    private(set) var inspection: Rows?
    /// Where locks are traced.
    let trace: LockTrace?
    /// The locks that were held, known once COMMIT is answered.
    private(set) var locks: [MeasuredLock]?
    /// From then on the transaction may have been committed although no answer came.
    var commitWasSent = false

    /// The statement that the server works at, as far as is known, and since when.
    private var current: (index: Int, since: ContinuousClock.Instant)?
    private var lastSent = -1

    init(_ work: StepWork) {
        self.work = work
        trace = work.tracesLocks ? LockTrace() : nil
    }

    /// A statement was sent behind others, which the server may still be working at.
    func willAnswer(_ index: Int) {
        lastSent = index
        if current == nil { begin(index) }
    }

    /// A statement was sent alone, and is done.
    func ranAlone(_ index: Int) {
        lastSent = index
        statementsRun += 1
        failpoint("postgres.step.statement-done")
    }

    func take(_ command: StepCommand, _ rows: Rows) {
        switch command {
        case .preparation, .record, .cleaning: break
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
        case .inspection:
            failpoint("postgres.step.cleaned")
            inspection = rows
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
        if index < lastSent { begin(index + 1) }
    }
}
