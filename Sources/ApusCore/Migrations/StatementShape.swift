/// What a statement's first tokens say about where it ends: whether a `;` is inside of a body, and
/// whether lines of COPY data follow it.
struct StatementShape {
    private enum State {
        case start
        case explain
        case create
        /// After `CREATE OR`.
        case createOr
        /// In `CREATE FUNCTION` or `CREATE PROCEDURE`, outside of a body.
        case routine
        /// After a `BEGIN` that begins a body if `ATOMIC` follows.
        case routineBegin
        /// Where a statement of a `BEGIN ATOMIC` body may start; an `END` here ends the body.
        case bodyStart
        case body
        /// In SQLite's `CREATE TRIGGER`.
        case trigger
        /// Behind a `;` of a trigger, where an `END` ends it.
        case triggerStart
        case copy
        case copyAfterDot
        case copyFrom
        case copyFromStdin
        /// Nothing further can be learned.
        case settled
    }

    private var state = State.start

    /// Whether a `;` belongs to the statement although no parenthesis is open.
    var holdsSemicolon: Bool {
        switch state {
        case .bodyStart, .body, .trigger, .triggerStart: true
        default: false
        }
    }

    /// Whether this is `COPY … FROM STDIN`.
    var isCopyFromStdin: Bool { state == .copyFromStdin }

    /// Whether no further token can change what is known.
    var isSettled: Bool { state == .settled || state == .copyFromStdin }

    /// Takes the next token of the statement, at `depth` open parentheses; comments are left out.
    @inline(__always)
    mutating func take(_ token: Token, depth: Int, in bytes: Span<UInt8>, dialect: DatabaseEngine) {
        guard !isSettled else { return }
        if dialect == .postgres {
            takePostgres(token, depth: depth, in: bytes)
        } else {
            takeSQLite(token, in: bytes)
        }
    }

    private mutating func takePostgres(_ token: Token, depth: Int, in bytes: Span<UInt8>) {
        switch state {
        case .start:
            if token.isWord("CREATE", in: bytes) {
                state = .create
            } else if token.isWord("COPY", in: bytes) {
                state = .copy
            } else {
                state = .settled
            }
        case .create:
            if token.isWord("FUNCTION", in: bytes) || token.isWord("PROCEDURE", in: bytes) {
                state = .routine
            } else {
                state = token.isWord("OR", in: bytes) ? .createOr : .settled
            }
        case .createOr:
            state = token.isWord("REPLACE", in: bytes) ? .create : .settled
        case .routine, .routineBegin:
            guard depth == 0 else { return }
            if token.isWord("BEGIN", in: bytes) {
                state = .routineBegin
            } else if state == .routineBegin {
                state = token.isWord("ATOMIC", in: bytes) ? .bodyStart : .routine
            }
        case .bodyStart:
            guard token.kind != .semicolon || depth > 0 else { return }
            state = token.isWord("END", in: bytes) ? .routine : .body
        case .body:
            if token.kind == .semicolon, depth == 0 { state = .bodyStart }
        default:
            takeCopy(token, depth: depth, in: bytes)
        }
    }

    private mutating func takeCopy(_ token: Token, depth: Int, in bytes: Span<UInt8>) {
        guard depth == 0 else { return }
        switch state {
        case .copy:
            if token.kind == .dot {
                state = .copyAfterDot
            } else if token.isWord("FROM", in: bytes) {
                state = .copyFrom
            }
        case .copyAfterDot:
            state = .copy
        case .copyFrom:
            // The grammar takes STDOUT for STDIN here, too.
            let readsStdin = token.isWord("STDIN", in: bytes) || token.isWord("STDOUT", in: bytes)
            state = readsStdin ? .copyFromStdin : .settled
        default:
            break
        }
    }

    private mutating func takeSQLite(_ token: Token, in bytes: Span<UInt8>) {
        switch state {
        case .start:
            if token.isWord("CREATE", in: bytes) {
                state = .create
            } else {
                state = token.isWord("EXPLAIN", in: bytes) ? .explain : .settled
            }
        case .explain:
            if token.isWord("CREATE", in: bytes) {
                state = .create
            } else if !token.isWord("QUERY", in: bytes), !token.isWord("PLAN", in: bytes) {
                state = .settled
            }
        case .create:
            if token.isWord("TRIGGER", in: bytes) {
                state = .trigger
            } else if !token.isWord("TEMP", in: bytes), !token.isWord("TEMPORARY", in: bytes) {
                state = .settled
            }
        case .trigger, .triggerStart:
            if token.kind == .semicolon {
                state = .triggerStart
            } else if state == .triggerStart {
                state = token.isWord("END", in: bytes) ? .settled : .trigger
            }
        default:
            break
        }
    }
}
