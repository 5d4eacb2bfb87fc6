/// `-- apus: batch table=guests key=id size=1000`: the statement below it is run for one range of keys
/// after the other, each in a transaction of its own.
public struct BatchClause: Hashable, Sendable {
    /// The table whose rows are gone through, as SQL: `guests`, `public.guests`, `"Guests"`.
    public var table: String
    /// The columns that order it and tell its rows apart, as SQL, the most significant first.
    public var key: [String]
    /// How many rows the first batch has.
    public var size: Int
    /// How long a batch should take: later ones are made larger or smaller for that. Zero: all have the
    /// same size.
    public var target: Duration
    /// What is waited for before each batch.
    public var limits: BatchLimits
    /// The name of the host's ``DataMigration`` that is given the statement's rows; `nil`: the
    /// statement itself does the work.
    public var handler: String?

    public init(
        table: String, key: [String], size: Int = Self.usualSize,
        target: Duration = Self.usualTarget, limits: BatchLimits = BatchLimits(),
        handler: String? = nil
    ) {
        self.table = table
        self.key = key
        self.size = size
        self.target = target
        self.limits = limits
        self.handler = handler
    }

    public static let usualSize = 1000
    public static let usualTarget = Duration.milliseconds(200)

    /// Every word that can stand in the clause, in front of `=`.
    static let words = [
        "table", "key", "size", "target", "max-lag", "max-lock-waits", "max-active", "handler",
    ]

    /// Reads what stands behind `batch`.
    static func parse(_ arguments: String) throws(DirectiveError) -> BatchClause {
        var clause = BatchClause(table: "", key: [])
        var seen: Set<String> = []
        for part in parts(of: arguments) {
            let pair = part.split(
                separator: "=", maxSplits: 1, omittingEmptySubsequences: false
            ).map(String.init)
            guard pair.count == 2, !pair[1].isEmpty else {
                throw invalid("\"\(part)\" is no NAME=VALUE", help: "write table=TABLE key=COLUMN")
            }
            guard seen.insert(pair[0]).inserted else { throw invalid("a second `\(pair[0])`") }
            try clause.take(pair[0], pair[1])
        }
        guard !clause.table.isEmpty, !clause.key.isEmpty else {
            throw invalid(
                clause.table.isEmpty
                    ? "it does not say which table" : "it does not say by which key",
                help: "write batch table=TABLE key=COLUMN")
        }
        return clause
    }

    private mutating func take(_ word: String, _ value: String) throws(DirectiveError) {
        switch word {
        case "table":
            guard SQLName.isName(value, parts: 1...2) else {
                throw Self.invalid("\(value) is no table's name")
            }
            table = value
        case "key":
            key = value.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
            guard key.allSatisfy({ SQLName.isName($0, parts: 1...1) }),
                Set(key.map(SQLName.folded)).count == key.count
            else { throw Self.invalid("\(value) is no column's name, or one of them comes twice") }
        case "size": size = try Self.number(value, of: word, 1...BatchPace.largest)
        case "target":
            guard let time = Duration(readable: value) else {
                throw Self.invalid("\(word) is a time such as 200ms, not \(value)")
            }
            target = time
        case "max-lag":
            guard let time = Duration(readable: value), time > .zero else {
                throw Self.invalid("\(word) is a time such as 5s, not \(value)")
            }
            limits.replicationLag = time
        case "max-lock-waits": limits.lockWaits = try Self.number(value, of: word, 0...10_000)
        case "max-active": limits.activeSessions = try Self.number(value, of: word, 1...10_000)
        case "handler":
            guard SQLName.isName(value, parts: 1...1), !value.hasPrefix("\"") else {
                throw Self.invalid("\(value) is no handler's name")
            }
            handler = value
        default:
            throw DirectiveError(
                .directiveInvalid, "`batch` knows no `\(word)`",
                hint: Suggestion.nearest(to: word, in: Self.words).map { "did you mean `\($0)`?" },
                help: ["it knows \(Self.words.joined(separator: ", "))"])
        }
    }

    private static func number(
        _ text: String, of word: String, _ range: ClosedRange<Int>
    ) throws(DirectiveError) -> Int {
        guard let number = Int(text), range.contains(number) else {
            throw invalid(
                "\(word) is a number from \(range.lowerBound) to \(range.upperBound), not \(text)")
        }
        return number
    }

    private static func invalid(_ message: String, help: String? = nil) -> DirectiveError {
        DirectiveError(.directiveInvalid, "`batch`: \(message)", help: help.map { [$0] } ?? [])
    }

    /// What white space separates, outside of double quotes.
    private static func parts(of text: String) -> [String] {
        var parts: [String] = []
        var part = ""
        var isQuoted = false
        for character in text {
            if character == "\"" { isQuoted.toggle() }
            if character.isWhitespace, !isQuoted {
                if !part.isEmpty { parts.append(part) }
                part = ""
            } else {
                part.append(character)
            }
        }
        return part.isEmpty ? parts : parts + [part]
    }
}

/// What a database may have to bear when the next batch begins; `nil`: nobody asks.
public struct BatchLimits: Hashable, Sendable {
    /// How far the slowest standby may be behind.
    public var replicationLag: Duration?
    /// How many sessions may wait for locks.
    public var lockWaits: Int?
    /// How many other sessions may be at work.
    public var activeSessions: Int?

    public init(
        replicationLag: Duration? = nil, lockWaits: Int? = nil, activeSessions: Int? = nil
    ) {
        self.replicationLag = replicationLag
        self.lockWaits = lockWaits
        self.activeSessions = activeSessions
    }

    public var isEmpty: Bool {
        replicationLag == nil && lockWaits == nil && activeSessions == nil
    }

    /// What the limits do not see, for whoever relies on them; `nil` where they see everything, or there
    /// are none.
    public func blindness(_ load: DatabaseLoad) -> String? {
        guard let reason = load.blindness else { return nil }
        var options: [String] = []
        if replicationLag != nil { options.append("max-lag") }
        if lockWaits != nil { options.append("max-lock-waits") }
        if activeSessions != nil { options.append("max-active") }
        guard !options.isEmpty else { return nil }
        return "\(options.joined(separator: ", ")): \(reason)"
    }

    /// Why the next batch has to wait; `nil` where it has not. What the database does not tell is no
    /// reason.
    public func obstacle(_ load: DatabaseLoad) -> String? {
        if let limit = replicationLag, let lag = load.replicationLag, lag > limit {
            return "a standby is \(lag.readable) behind, and \(limit.readable) are allowed"
        }
        if let limit = lockWaits, let waits = load.lockWaits, waits > limit {
            return "\(waits) sessions wait for locks, and \(limit) are allowed"
        }
        if let limit = activeSessions, let active = load.activeSessions, active > limit {
            return "\(active) sessions are at work, and \(limit) are allowed"
        }
        return nil
    }
}

/// What a database bears just now; `nil` where it does not tell.
public struct DatabaseLoad: Hashable, Sendable {
    public var replicationLag: Duration?
    public var lockWaits: Int?
    /// Apus's own session left out.
    public var activeSessions: Int?
    /// Why it does not tell all of that, and what helps; `nil` where it tells everything.
    public var blindness: String?

    public init(
        replicationLag: Duration? = nil, lockWaits: Int? = nil, activeSessions: Int? = nil,
        blindness: String? = nil
    ) {
        self.replicationLag = replicationLag
        self.lockWaits = lockWaits
        self.activeSessions = activeSessions
        self.blindness = blindness
    }
}
