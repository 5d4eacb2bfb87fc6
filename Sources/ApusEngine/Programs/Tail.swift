/// The last lines of something long: at most 40, and at most 4,000 characters.
struct Tail {
    private static let lineLimit = 40
    private static let characterLimit = 4000
    private var lines: [String] = []

    mutating func append(_ line: String) {
        lines.append(String(line.prefix(Self.characterLimit)))
        if lines.count > Self.lineLimit { lines.removeFirst() }
    }

    var text: String {
        let text = lines.joined(separator: "\n")
        return text.count <= Self.characterLimit ? text : "…\(text.suffix(Self.characterLimit))"
    }
}
