extension Duration {
    /// Reads `500ms`, `5s`, `10min`, `2h` or `0`, as people write time-outs; `nil` for anything else.
    public init?(readable text: String) {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard let number = Int64(digits), number <= 1_000_000_000 else { return nil }
        switch text.dropFirst(digits.count) {
        case "ms": self = .milliseconds(number)
        case "s": self = .seconds(number)
        case "min", "m": self = .seconds(number * 60)
        case "h": self = .seconds(number * 3600)
        case "" where number == 0: self = .zero
        default: return nil
        }
    }

    /// As ``init(readable:)`` reads it, in the largest unit that keeps it whole: `1500ms`, `90s`.
    public var readable: String {
        let milliseconds = Int64(self / .milliseconds(1))
        for (unit, length) in [("h", 3_600_000), ("min", 60_000), ("s", 1000)] as [(String, Int64)]
        where milliseconds >= length && milliseconds % length == 0 {
            return "\(milliseconds / length)\(unit)"
        }
        return "\(milliseconds)ms"
    }
}
