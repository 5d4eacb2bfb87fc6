/// The line that begins a migration's up or down section.
public enum SectionMarker: Hashable, Sendable {
    /// `-- Up Migration`
    case up
    /// `-- Down Migration (Rollback)`, or without the parenthesis.
    case down

    /// Reads the comment at `range`, which begins with `--`; case and the amount of white space do
    /// not matter.
    init?(comment range: Range<Int>, in bytes: Span<UInt8>) {
        var index = range.lowerBound + 2

        func skipBlanks() {
            while index < range.upperBound, bytes[index].isWhiteSpace { index += 1 }
        }

        func take(_ word: StaticString) -> Bool {
            let end = index + word.utf8CodeUnitCount
            guard end <= range.upperBound, bytes.matches(word, at: index..<end) else {
                return false
            }
            index = end
            return true
        }

        skipBlanks()
        if take("UP") {
            self = .up
        } else if take("DOWN") {
            self = .down
        } else {
            return nil
        }
        let wordEnd = index
        skipBlanks()
        guard index > wordEnd, take("MIGRATION") else { return nil }
        skipBlanks()
        if self == .down, take("(ROLLBACK)") { skipBlanks() }
        guard index == range.upperBound else { return nil }
    }
}
