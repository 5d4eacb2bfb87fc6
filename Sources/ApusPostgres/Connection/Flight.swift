import ApusCore
import ApusEngine
import CLibpq

/// SQL commands that are sent behind each other without waiting for the answers in between: libpq's
/// pipeline mode.
///
/// The server takes them in order. Behind one that fails it skips the rest, up to the point where the
/// flight lands: what was sent in the belief of success does no harm. Answers are read while there is
/// still something to be sent, and only so many are outstanding at a time, so that neither side waits
/// for the other to read, and memory stays bounded.
///
/// Each command is a message of its own (the extended protocol), in which the server refuses a second
/// one. What answers with COPY data cannot fly.
final class Flight<Command> {
    /// Why a flight ended early. Without a command, it was none of them.
    struct Failure {
        var command: Command?
        var error: DatabaseError
    }

    /// A command without its answer.
    private struct Sent {
        var command: Command
        var size: Int
        var dropsRows: Bool
    }

    private let connection: Connection
    private let answered: (Command, Rows) -> Void
    /// The oldest without an answer is at `first`.
    private var sent: [Sent] = []
    private var first = 0
    private var outstandingBytes = 0
    private var isUnderway = false
    private var hasLanded = false
    /// What has come of the oldest so far.
    private var answer: Rows?
    private var hasResult = false
    private(set) var failure: Failure?

    /// So many commands and bytes are sent ahead of their answers.
    private static var mostCommands: Int { 256 }
    private static var mostBytes: Int { 1 << 20 }
    private static var lostStep: String {
        "client and server do not agree where in their conversation they are"
    }

    /// `answered` is called for each command that succeeds, in their order.
    init(on connection: Connection, answered: @escaping (Command, Rows) -> Void) {
        self.connection = connection
        self.answered = answered
    }

    /// Sends SQL of our own. With `atOnce`, the server does not hold the answer back for later ones.
    ///
    /// - Returns: False where the flight has failed: what follows would only be skipped.
    @discardableResult
    func send(_ sql: String, as command: Command, atOnce: Bool = false) -> Bool {
        guard !sql.utf8.contains(0) else {
            fail(DatabaseError(.internalError, "a statement of Apus's own holds a NUL"), command)
            return false
        }
        return sql.withCString { send($0, sql.utf8.count, command, dropsRows: false, atOnce) }
    }

    /// Sends one statement of a script, byte for byte. Rows that it returns are dropped one at a time.
    @discardableResult
    func send(_ statement: Statement, of source: MigrationSource, as command: Command) -> Bool {
        source.withBytes { bytes in
            UnsafeRawBufferPointer(rebasing: bytes[statement.range]).withCString {
                send($0, statement.range.count, command, dropsRows: true, true)
            }
        }
    }

    private func send(
        _ sql: UnsafePointer<CChar>, _ size: Int, _ command: Command, dropsRows: Bool,
        _ atOnce: Bool
    ) -> Bool {
        guard failure == nil, takeOff() else { return false }
        guard PQsendQueryParams(connection.handle, sql, 0, nil, nil, nil, nil, 0) == 1 else {
            fail(.lost(connection), command)
            return false
        }
        if atOnce { PQsendFlushRequest(connection.handle) }
        sent.append(Sent(command: command, size: size, dropsRows: dropsRows))
        outstandingBytes += size
        if sent.count - first == 1 { chooseRows() }
        if sent.count - first > Self.mostCommands || outstandingBytes > Self.mostBytes {
            // Without it, the server might hold back the very answers that are waited for.
            PQsendFlushRequest(connection.handle)
            read {
                sent.count - first > Self.mostCommands / 2 || outstandingBytes > Self.mostBytes / 2
            }
        }
        return failure == nil
    }

    /// Ends the flight: waits for what is outstanding, and leaves the connection as it is outside of
    /// flights. The next command to be sent begins another one.
    func land() {
        guard isUnderway else { return }
        isUnderway = false
        hasLanded = false
        guard PQpipelineSync(connection.handle) == 1 else {
            fail(.lost(connection), nil)
            return
        }
        failpoint("postgres.flight-sent")
        read { !hasLanded }
        if hasLanded, PQexitPipelineMode(connection.handle) != 1 {
            fail(DatabaseError(.internalError, connection.libpqMessage), nil)
            connection.sever(because: Self.lostStep)
        }
    }

    private func takeOff() -> Bool {
        guard !isUnderway else { return true }
        guard PQenterPipelineMode(connection.handle) == 1 else {
            fail(.lost(connection), nil)
            return false
        }
        isUnderway = true
        return true
    }

    // MARK: Answers

    /// The command whose answer comes next.
    private var oldest: Command? { first < sent.count ? sent[first].command : nil }

    /// Reads for as long as `isWanted`, or until the connection is gone.
    private func read(while isWanted: () -> Bool) {
        let patience = Connection.Patience(isCancellable: true)
        while isWanted() {
            var error: DatabaseError?
            if let result = connection.nextResult(patience, &error) {
                take(result)
            } else if hasResult {
                finishOldest()
            } else {
                fail(error ?? .lost(connection), oldest)
                // Whatever may still come could not be told apart.
                connection.sever(because: Self.lostStep)
                return
            }
        }
    }

    private func take(_ result: OpaquePointer) {
        switch PQresultStatus(result) {
        case PGRES_SINGLE_TUPLE:
            PQclear(result)
        case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_EMPTY_QUERY:
            answer = Rows(result)
            hasResult = true
        case PGRES_PIPELINE_SYNC:
            PQclear(result)
            hasLanded = true
        case PGRES_PIPELINE_ABORTED:
            PQclear(result)
            hasResult = true
        case PGRES_COPY_IN, PGRES_COPY_OUT, PGRES_COPY_BOTH:
            PQclear(result)
            fail(DatabaseError(.internalError, "COPY data in the middle of a flight"), oldest)
            connection.sever(because: Self.lostStep)
        default:
            fail(DatabaseError(result, from: connection), oldest)
            PQclear(result)
            hasResult = true
        }
    }

    /// All results of the oldest command have come.
    private func finishOldest() {
        hasResult = false
        let answer = self.answer
        self.answer = nil
        guard let oldest else { return }
        outstandingBytes -= sent[first].size
        first += 1
        if first == sent.count || first > Self.mostCommands {
            sent.removeFirst(first)
            first = 0
        }
        chooseRows()
        if let answer, failure == nil { answered(oldest, answer) }
    }

    /// libpq wants to know how rows are wanted before it reads the first of them.
    private func chooseRows() {
        if first < sent.count, sent[first].dropsRows { PQsetSingleRowMode(connection.handle) }
    }

    /// Only the first failure counts: the others follow from it.
    private func fail(_ error: DatabaseError, _ command: Command?) {
        if failure == nil { failure = Failure(command: command, error: error) }
    }
}
