import ApusCore
import ApusEngine

/// What became of a transaction whose COMMIT was sent and never answered.
enum CommitVerdict {
    case committed
    case rolledBack
    /// The server could not be asked.
    case unknown(DatabaseError?)

    /// Decides from two witnesses, asked while the lock is ours: the journal row that the
    /// transaction wrote, and the server's memory of the transaction's number (`pg_xact_status`).
    ///
    /// The row is the truth: after a failover the number may mean another transaction. `nil` where
    /// the transaction is still going on and has to be asked for again.
    init?(isRecorded: Bool, transactionStatus: String?) {
        if isRecorded {
            self = .committed
        } else if transactionStatus == "in progress" {
            return nil
        } else {
            self = .rolledBack
        }
    }
}

extension PostgresSession {
    /// How long a lost connection is looked for again.
    static let reconnectLimit = Duration.seconds(60)

    /// Connects again and takes the same lock.
    func reconnect() throws(DatabaseError) {
        let clock = ContinuousClock()
        let deadline = clock.now + Self.reconnectLimit
        var pause = Duration.milliseconds(50)
        let old = isPooled ? nil : process
        while true {
            do throws(DatabaseError) {
                try connect()
                if let reason = try facts().readOnlyReason {
                    throw DatabaseError(.readOnlyServer, "the server that answers is a \(reason)")
                }
                // It may not know for hours that its client is gone, and holds the lock. A pooler's
                // process is left alone: it may serve somebody else by now.
                if let old { try connection.execute(old.ending) }
                try applySettings()
                guard try pollLock(atMost: deadline - clock.now, onWait: { _ in }) else {
                    throw DatabaseError(
                        .lockBusy, "the migration lock could not be taken again in time")
                }
                isClean = true
                return
            } catch {
                disconnect()
                guard error.code != .interrupted, clock.now < deadline else { throw error }
                if cancellation.pause(for: min(pause, deadline - clock.now)) { throw .interrupted }
                pause = min(pause * 2, .seconds(1))
            }
        }
    }

    /// Asks both witnesses, again for a while where the transaction still goes on.
    func commitVerdict(of work: StepWork, transactionID: String?) -> CommitVerdict {
        let status =
            transactionID.map { "pg_catalog.pg_xact_status(\($0.sqlLiteral)::xid8)" } ?? "NULL"
        let question = """
            SELECT EXISTS (SELECT FROM \(names.journal) j WHERE j.run = \(work.run) \
            AND j.migration = \(work.step.id.description.sqlLiteral) \
            AND j.direction = '\(work.step.direction.rawValue)' AND j.status = 'done'), \(status)
            """
        let deadline = ContinuousClock.now + Self.reconnectLimit
        do throws(DatabaseError) {
            while ContinuousClock.now < deadline {
                let answer = try connection.execute(question)
                if let verdict = CommitVerdict(
                    isRecorded: answer.flag(0, 0), transactionStatus: answer.text(0, 1))
                {
                    return verdict
                }
                if cancellation.pause(for: .milliseconds(250)) { break }
            }
            return .unknown(nil)
        } catch {
            return .unknown(error)
        }
    }
}

extension DatabaseError {
    /// The server was committing when its connection was lost, and cannot be asked.
    static func commitUnknown(detail: String?) -> DatabaseError {
        DatabaseError(
            .commitUnknown, "the connection was lost while the server was committing",
            detail: detail, help: ["apus status"])
    }
}
