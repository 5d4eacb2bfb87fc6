/// Where the lines of a text end: Swift takes CR and LF together for one character, so that neither
/// is found in a text that has both.
enum TextLines {
    private static let feed = UInt8(ascii: "\n")
    private static let carriage = UInt8(ascii: "\r")

    /// Lines as editors and databases count them: each ends at LF; a CR before it is no part of it.
    static func of(_ text: String) -> [String] {
        text.utf8.split(separator: feed, omittingEmptySubsequences: false).map { line in
            String(decoding: line.last == carriage ? line.dropLast() : line, as: UTF8.self)
        }
    }

    /// Lines as protocols see them that end one at CR, at LF and at both together.
    static func ofAnyEnd(_ text: String) -> [String] {
        of(text).flatMap { line in
            line.utf8.split(separator: carriage, omittingEmptySubsequences: false).map {
                String(decoding: $0, as: UTF8.self)
            }
        }
    }
}
