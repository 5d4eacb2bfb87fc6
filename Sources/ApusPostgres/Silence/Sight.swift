import ApusEngine

/// What is seen, over another connection, of the server process behind a silent one.
enum Sight: Hashable, Sendable {
    /// It does something: whatever it is may take as long as it takes.
    case working
    /// It waits for its client to send something or to take what it sends.
    case waitingForClient
    case gone
    /// The server answers, and does not tell; or another server answers.
    case untold
    /// No server answers.
    case unreachable

    /// From the answer to ``ServerProcess/question``.
    init(_ rows: Rows) {
        guard rows.count == 1, rows.flag(0, 0) else {
            self = .untold
            return
        }
        guard let isSame = rows.text(0, 1) else {
            // No such process, or one whose beginning is hidden from us, which ours never is.
            self = .gone
            return
        }
        guard isSame == "t" else {
            self = .gone
            return
        }
        switch rows.text(0, 2) {
        case nil, "disabled": self = .untold
        case let state? where state.hasPrefix("idle"): self = .waitingForClient
        default: self = rows.flag(0, 3) ? .waitingForClient : .working
        }
    }
}

/// Decides, look after look, whether a connection that brings nothing is dead.
struct SilenceVerdict {
    /// How long a connection is silent before anybody looks, and from one look to the next.
    static let firstLook = Duration.seconds(10)
    static let pause = Duration.seconds(5)
    /// How long no server may answer.
    static let unreachableLimit = Duration.seconds(30)

    private var last: Sight?
    private var unreachableSince: Duration?

    /// Takes what is seen when the connection has been silent for so long; whether it is dead.
    ///
    /// A process that waits for a client which waits for it is seen twice before anybody believes it:
    /// the answer may have been under way at the first look.
    mutating func isDead(_ sight: Sight, silentFor silence: Duration) -> Bool {
        defer { last = sight }
        guard sight == .unreachable else {
            unreachableSince = nil
            let isUseless = sight == .waitingForClient || sight == .gone
            return isUseless && (last == .waitingForClient || last == .gone)
        }
        let since = unreachableSince ?? silence
        unreachableSince = since
        return silence - since >= Self.unreachableLimit
    }
}
