/// A byte of a source turned into what a diagnostic shows: location and excerpt.
extension MigrationSource {
    /// The longest line that an excerpt shows whole, in Unicode scalars.
    private static let longestLine = 160

    /// The place of a byte offset; `length` bytes from it on are marked, at most to the line's end.
    ///
    /// Counts lines from the file's start, so it is meant for diagnostics, not for loops.
    public func place(at offset: Int, length: Int = 1) -> (SourceLocation, SourceExcerpt) {
        withBytes { bytes in
            let offset = max(0, min(offset, bytes.count))
            var lineStart = bytes.starts(with: [0xEF, 0xBB, 0xBF]) && offset >= 3 ? 3 : 0
            var line = 1
            for index in lineStart..<max(lineStart, offset) where bytes[index] == 0x0A {
                line += 1
                lineStart = index + 1
            }
            var lineEnd = offset
            while lineEnd < bytes.count, bytes[lineEnd] != 0x0A { lineEnd += 1 }
            var textEnd = lineEnd
            if textEnd > lineStart, bytes[textEnd - 1] == 0x0D { textEnd -= 1 }

            func scalars(_ range: Range<Int>) -> Int {
                String(decoding: bytes[range], as: UTF8.self).unicodeScalars.count
            }
            let column = scalars(lineStart..<max(lineStart, offset)) + 1
            let markEnd = max(offset, min(offset + length, textEnd))
            let marked = scalars(offset..<markEnd)

            var text = String(decoding: bytes[lineStart..<max(lineStart, textEnd)], as: UTF8.self)
            var caret = column
            if text.unicodeScalars.count > Self.longestLine {
                let from = max(0, column - 1 - Self.longestLine / 2)
                let part = text.unicodeScalars.dropFirst(from).prefix(Self.longestLine)
                text = String(String.UnicodeScalarView(part))
                caret = column - from
            }
            return (
                SourceLocation(file: path, line: line, column: column),
                SourceExcerpt(text: text, caret: caret, length: marked)
            )
        }
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
