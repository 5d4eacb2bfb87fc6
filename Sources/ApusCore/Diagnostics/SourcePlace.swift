/// A byte of a source turned into what a diagnostic shows: location and excerpt.
extension MigrationSource {
    /// The longest line that an excerpt shows whole, in Unicode scalars.
    private static let longestLine = 160

    /// The place of a byte offset; `length` bytes from it on are marked, at most to the end of what
    /// the excerpt shows of the line.
    ///
    /// Counts lines from the file's start, so it is meant for diagnostics, not for loops. Copies no
    /// more of a long line than the excerpt shows.
    public func place(at offset: Int, length: Int = 1) -> (SourceLocation, SourceExcerpt) {
        withBytes { bytes in
            let offset = max(0, min(offset, bytes.count))
            let (start, line) = Self.lineStart(before: offset, in: bytes)
            var end = offset
            while end < bytes.count, bytes[end] != 0x0A { end += 1 }
            if end > start, bytes[end - 1] == 0x0D { end -= 1 }

            let column = Self.scalars(start..<max(start, offset), in: bytes)
            let isLong = column + Self.scalars(min(offset, end)..<end, in: bytes) > Self.longestLine
            let from = isLong ? max(0, column - Self.longestLine / 2) : 0
            let shown = Self.scalarPrefix(
                isLong ? Self.longestLine : .max,
                of: Self.skip(from, in: start..<end, of: bytes)..<end, in: bytes)
            let marked = max(offset, min(offset + length, shown.upperBound))
            let (before, behind) = (from > 0 ? "…" : "", shown.upperBound < end ? "…" : "")
            return (
                SourceLocation(file: path, line: line, column: column + 1),
                SourceExcerpt(
                    text: before + String(decoding: bytes[shown], as: UTF8.self) + behind,
                    caret: column - from + 1 + before.count,
                    length: Self.scalars(offset..<marked, in: bytes))
            )
        }
    }

    private static func lineStart(
        before offset: Int, in bytes: UnsafeRawBufferPointer
    ) -> (start: Int, line: Int) {
        var start = bytes.starts(with: [0xEF, 0xBB, 0xBF]) && offset >= 3 ? 3 : 0
        var line = 1
        for index in start..<max(start, offset) where bytes[index] == 0x0A {
            line += 1
            start = index + 1
        }
        return (start, line)
    }

    /// How many Unicode scalars begin in a range: bytes that are no continuation bytes of UTF-8.
    private static func scalars(_ range: Range<Int>, in bytes: UnsafeRawBufferPointer) -> Int {
        var count = 0
        for index in range where bytes[index] & 0xC0 != 0x80 { count += 1 }
        return count
    }

    /// Where the scalar begins that `count` others precede in the range.
    private static func skip(
        _ count: Int, in range: Range<Int>, of bytes: UnsafeRawBufferPointer
    ) -> Int {
        scalarPrefix(count, of: range, in: bytes).upperBound
    }

    private static func scalarPrefix(
        _ count: Int, of range: Range<Int>, in bytes: UnsafeRawBufferPointer
    ) -> Range<Int> {
        var left = count
        for index in range where bytes[index] & 0xC0 != 0x80 {
            if left == 0 { return range.lowerBound..<index }
            left -= 1
        }
        return range
    }

    /// A diagnostic that points at a range of this source's bytes.
    public func diagnostic(
        _ code: DiagnosticCode, _ message: String, at offset: Int, length: Int = 1,
        severity: Diagnostic.Severity = .error, hint: String? = nil, help: [String] = []
    ) -> Diagnostic {
        let (location, excerpt) = place(at: offset, length: length)
        return Diagnostic(
            code, message, severity: severity, at: location, excerpt: excerpt, hint: hint,
            help: help)
    }
}
