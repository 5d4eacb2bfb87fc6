/// The lines behind a `COPY … FROM STDIN`, as `psql -f` reads them: they begin on the line after
/// the `;` and end with a line `\.` or with the input.
struct CopyData {
    /// The data without the final `\.` line; with the line ending of the last data line.
    let range: Range<Int>
    /// The end of the line that holds the `;`: more statements may stand before it.
    let lineEnd: Int
    /// Where the script goes on.
    let end: Int

    /// `earlierEnd` is set where another COPY on the same line has already had its data.
    init(
        after offset: Int, resumingAt earlierEnd: Int?, before limit: Int, in bytes: Span<UInt8>
    ) {
        lineEnd = bytes.firstIndex(of: 0x0A, in: offset..<limit) ?? limit
        let start = min(earlierEnd ?? lineEnd + 1, limit)
        var lineStart = start
        while lineStart < limit {
            if let next = Self.end(ofTerminatorAt: lineStart, before: limit, in: bytes) {
                range = start..<lineStart
                end = next
                return
            }
            guard let lineBreak = bytes.firstIndex(of: 0x0A, in: lineStart..<limit) else { break }
            lineStart = lineBreak + 1
        }
        range = start..<limit
        end = limit
    }

    /// The offset behind a `\.` line that starts at `start`, or nil if that line is data.
    private static func end(
        ofTerminatorAt start: Int, before limit: Int, in bytes: Span<UInt8>
    ) -> Int? {
        guard bytes[start] == UInt8(ascii: "\\"),
            bytes.byte(start + 1, before: limit) == UInt8(ascii: ".")
        else { return nil }
        var index = start + 2
        if bytes.byte(index, before: limit) == 0x0D { index += 1 }
        if index == limit { return index }
        return bytes[index] == 0x0A ? index + 1 : nil
    }
}
