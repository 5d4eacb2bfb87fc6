import ApusCore

/// One section of a migration, for whoever rewrites it: its statements, and the lines that belong to each.
struct SectionText {
    let script: Script
    let statements: [MigrationSubject.SectionStatement]
    private let migration: Migration
    private let direction: Direction
    /// The file's bytes.
    private let bytes: [UInt8]

    init(_ migration: Migration, _ direction: Direction, _ script: Script, _ bytes: [UInt8]) {
        self.migration = migration
        self.direction = direction
        self.script = script
        self.bytes = bytes
        var statements: [MigrationSubject.SectionStatement] = []
        script.forEachStatement(in: migration.source) { index, statement in
            statements.append(
                MigrationSubject.SectionStatement(
                    index: index, statement: statement,
                    tree: migration.source.tree(of: statement)))
        }
        self.statements = statements
    }

    /// What goes when a statement goes: the comments above it, its semicolon, the end of its line.
    struct Extent {
        var range: Range<Int>
        /// The lines of comments above it, each ended by a newline.
        var comments: String
        /// What stays in its place.
        var rest = ""
    }

    func extent(of index: Int) -> Extent {
        let statement = statements[index].statement.range
        let first = index == 0 ? script.section.lowerBound : end(of: index - 1)
        var start = lineStart(of: statement.lowerBound)
        // Several statements on one line: what stands before and behind stays.
        guard start >= first, isBlank(start..<statement.lowerBound) else {
            return Extent(range: statement.lowerBound..<end(of: index), comments: "")
        }
        let line = start
        while start > first {
            let above = lineStart(of: start - 1)
            guard above >= first, isComment(above..<start, of: statement.lowerBound) else { break }
            start = above
        }
        var extent = Extent(
            range: start..<endOfLine(behind: end(of: index), from: start),
            comments: String(decoding: bytes[start..<line], as: UTF8.self))
        // Right below the marker an allowance of the next statement would cover the section.
        if index == 0, nextStarts(with: "--", at: extent.range.upperBound) { extent.rest = "\n" }
        return extent
    }

    /// Behind a statement's semicolon, where it has one.
    private func end(of index: Int) -> Int {
        let statement = statements[index].statement.range
        let next = migration.source.withSpan { span in
            var lexer = Lexer(
                dialect: script.dialect, from: statement.upperBound, to: script.section.upperBound)
            return lexer.nextSignificant(in: span)
        }
        guard let next, next.kind == .semicolon else { return statement.upperBound }
        return next.range.upperBound
    }

    /// Behind the end of the line, if nothing but a comment is left on it; and behind the blank line that
    /// follows, if a blank line stands above.
    private func endOfLine(behind offset: Int, from start: Int) -> Int {
        let limit = script.section.upperBound
        let rest = offset..<lineEnd(of: offset)
        guard isBlank(rest) || text(rest).hasPrefix("--") else { return offset }
        var end = min(rest.upperBound + 1, limit)
        let above = start > script.section.lowerBound ? lineStart(of: start - 1)..<start : nil
        if above.map(isBlank) ?? false, end < limit {
            let next = end..<lineEnd(of: end)
            if isBlank(next) { end = min(next.upperBound + 1, limit) }
        }
        return end
    }

    /// Whether a line is a comment that belongs to the statement below it. Directives belong to the
    /// section, but for an allowance of this statement.
    private func isComment(_ line: Range<Int>, of statement: Int) -> Bool {
        let text = text(line)
        guard text.hasPrefix("--") else { return false }
        guard text.dropFirst(2).drop(while: \.isWhitespace).lowercased().hasPrefix("apus:") else {
            return true
        }
        return migration.allowances.contains {
            $0.scope == .statement(direction, at: statement) && line.contains($0.range.lowerBound)
        }
    }

    private func nextStarts(with text: String, at offset: Int) -> Bool {
        bytes[offset..<script.section.upperBound].starts(with: text.utf8)
    }

    private func text(_ range: Range<Int>) -> String {
        let text = String(decoding: bytes[range], as: UTF8.self)
        return String(text.drop(while: \.isWhitespace))
    }

    private func isBlank(_ range: Range<Int>) -> Bool {
        bytes[range].allSatisfy { $0 == 0x20 || ($0 >= 0x09 && $0 <= 0x0D) }
    }

    private func lineStart(of offset: Int) -> Int {
        (bytes[..<offset].lastIndex(of: 0x0A) ?? -1) + 1
    }

    private func lineEnd(of offset: Int) -> Int {
        bytes[offset..<script.section.upperBound].firstIndex(of: 0x0A)
            ?? script.section.upperBound
    }
}
