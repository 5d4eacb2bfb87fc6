/// A place in a script that moves forward only, so that counting lines costs one pass in all.
struct TextPosition: Hashable, Sendable {
    private(set) var offset: Int
    private(set) var line: Int
    /// In Unicode scalars, 1 for the line's first.
    private(set) var column = 1

    init(offset: Int, line: Int) {
        self.offset = offset
        self.line = line
    }

    /// Moves to a later offset.
    mutating func advance(to target: Int, in bytes: Span<UInt8>) {
        guard target > offset else { return }
        var lineStart = offset
        let breaks = bytes.countOfLineFeeds(in: offset..<target)
        bytes.withUnsafeBufferPointer { buffer in
            if breaks > 0 {
                lineStart = target
                while buffer[lineStart - 1] != 0x0A { lineStart -= 1 }
                line += breaks
                column = 1
            }
            // Continuation bytes of UTF-8 begin with the bits 10.
            for index in lineStart..<target where buffer[index] & 0xC0 != 0x80 { column += 1 }
        }
        offset = target
    }
}
