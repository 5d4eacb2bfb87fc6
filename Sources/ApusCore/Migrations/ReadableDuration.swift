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
}
