import ApusCore
import ApusEngine

/// Finds out whether a connection that brings nothing is dead, where TCP does not: a proxy or a
/// router that stands still answers for a server that it no longer reaches.
///
/// Nothing says how long a statement may take. So the server is asked, over another connection,
/// what the process behind the silent one does.
final class SilenceWatch {
    private let process: ServerProcess?
    private let connect: () throws(DatabaseError) -> Connection
    private var verdict = SilenceVerdict()
    private var other: Connection?
    private var heardAt = ContinuousClock.now
    private var lookedAt: ContinuousClock.Instant?

    /// How long the connection may be silent whatever its process does; for reading commands, whose
    /// own questions are all short, and behind a pooler not always asked of the same process.
    var limit: Duration?

    /// Whether the process is this connection's alone, and may be ended with it: a pooler's may serve
    /// somebody else by then.
    private let ownsProcess: Bool

    /// `connect` opens a connection to the same server, within a few seconds.
    init(
        of process: ServerProcess?, ownsProcess: Bool,
        connect: @escaping () throws(DatabaseError) -> Connection
    ) {
        self.process = process
        self.ownsProcess = ownsProcess
        self.connect = connect
    }

    /// Something came, or something new begins to be waited for.
    func heard() {
        heardAt = .now
        guard lookedAt != nil else { return }
        lookedAt = nil
        verdict = SilenceVerdict()
        other = nil
    }

    var nextLook: ContinuousClock.Instant {
        lookedAt.map { $0 + SilenceVerdict.pause } ?? heardAt + SilenceVerdict.firstLook
    }

    /// Looks; why the connection is dead, where it is.
    func look() -> String? {
        defer { lookedAt = .now }
        let silence = ContinuousClock.now - heardAt
        let seconds = silence.components.seconds
        if let limit, silence >= limit { return "the server gave no answer for \(seconds) s" }
        guard let process, verdict.isDead(sight(process), silentFor: silence) else { return nil }
        let reason = "no answer came for \(seconds) s, and the server does not work on one"
        return ownsProcess ? reason + ended(process) : reason
    }

    /// Ends the process of a dead connection, which nothing else would tell that its client is gone: a
    /// transaction that it has open keeps its locks, and every concurrent index build waits for it.
    /// What is to be added where that fails.
    private func ended(_ process: ServerProcess) -> String {
        // Where no server answered, there is nobody to be asked.
        guard let other else { return "" }
        do throws(DatabaseError) {
            try other.execute(process.ending, Connection.Patience(deadline: .now + .seconds(5)))
            return ""
        } catch {
            return "; its process \(process.number) could not be ended: \(error.message)"
        }
    }

    private func sight(_ process: ServerProcess) -> Sight {
        do throws(DatabaseError) {
            if other == nil { other = try connect() }
            guard let connection = other else { return .untold }
            let rows = try connection.execute(
                process.question, Connection.Patience(deadline: .now + .seconds(5)))
            return Sight(rows)
        } catch {
            other = nil
            return error.isAnswer ? .untold : .unreachable
        }
    }
}

extension DatabaseError {
    /// Whether a server said no, instead of nobody saying anything.
    fileprivate var isAnswer: Bool {
        switch code {
        case .connectionLost: false
        // The server's own words, not libpq's.
        case .cannotConnect: detail?.contains("FATAL") ?? false
        default: true
        }
    }
}
