/// One pass over a file: finds header, sections, directives and statements, judging nothing.
struct SectionScan {
    enum Place { case header, up, down }

    /// What was found between one marker and the next.
    struct Section {
        var marker: Range<Int>
        var line: Int
        var body: Range<Int>
        var statementCount = 0
        /// The first and the last statement; a PRAGMA of SQLite does not count, since a dump and a
        /// table rebuild have theirs outside of the pair of BEGIN and COMMIT.
        var firstStatement: Statement?
        var lastStatement: Statement?
        /// BEGIN, COMMIT and their like; only the first few are kept.
        var transactionControl: [Statement] = []
        /// Statements that the server refuses inside a transaction.
        var outside: [Statement] = []
        /// Statements that would release the migration lock.
        var lockReleases: [Statement] = []
        var hasCopyData = false
        /// Whether a statement adds a value to an enum.
        var addsEnumValue = false
        var meaning: MeaningChecksum
    }

    /// A comment line that stands where directives may stand, or where they may not.
    struct Comment {
        var range: Range<Int>
        var line: Int
        var text: String
        var place: Place
        var isBehindStatement: Bool
        /// Where the statement begins that it stands above, with nothing but comment lines between,
        /// unless the same comment lines reach up to the section's marker.
        var statement: Int?
    }

    let source: MigrationSource
    let dialect: DatabaseEngine
    var section = Place.header
    var up: Section?
    var down: Section?
    /// Markers that came a second time, or in the wrong order.
    var strayMarkers: [(SectionMarker, Range<Int>)] = []
    var comments: [Comment] = []
    /// The first statement before any marker.
    var headerStatement: Statement?
    /// The comment lines, one below the other, that the scan has just passed.
    private var block: CommentBlock?

    private struct CommentBlock {
        var lastLine: Int
        /// Whether it begins right below the section's marker, or at the marker itself.
        var isHead: Bool
        /// Those of `comments` that are in it.
        var kept: Range<Int>
    }

    init(source: MigrationSource, dialect: DatabaseEngine) {
        self.source = source
        self.dialect = dialect
    }

    mutating func begin(_ place: Place, at offset: Int, line: Int) {
        let section = Section(
            marker: offset..<offset, line: line, body: offset..<source.count,
            meaning: MeaningChecksum(dialect: dialect))
        if place == .up { up = section } else { down = section }
        self.section = place
    }

    mutating func run() throws(SplitFailure) {
        var splitter = StatementSplitter(dialect: dialect)
        while true {
            let item = try source.withSpan { (bytes) throws(SplitFailure) in
                try splitter.next(in: bytes)
            }
            guard let item else { break }
            switch item {
            case .marker(let marker, let range, let line): take(marker, range, line)
            case .comment(let range, let line): take(range, line)
            case .statement(let statement): take(statement)
            }
        }
    }

    private mutating func take(_ marker: SectionMarker, _ range: Range<Int>, _ line: Int) {
        let isFirst = marker == .up ? up == nil && down == nil : down == nil
        guard isFirst else {
            strayMarkers.append((marker, range))
            return
        }
        if marker == .down, let start = up?.body.lowerBound {
            up?.body = start..<range.lowerBound
        }
        let (start, startLine) = lineBelow(range.upperBound, line)
        begin(marker == .up ? .up : .down, at: start, line: startLine)
        block = CommentBlock(lastLine: line, isHead: true, kept: comments.count..<comments.count)
        if marker == .up { up?.marker = range } else { down?.marker = range }
    }

    /// Where the line below a comment begins, and its number. A carriage return alone also ends a
    /// `--` comment in PostgreSQL, but it begins no line for anybody who counts.
    private func lineBelow(_ end: Int, _ line: Int) -> (offset: Int, line: Int) {
        source.withBytes { bytes in
            var offset = end
            if offset < bytes.count, bytes[offset] == 0x0D { offset += 1 }
            guard offset < bytes.count, bytes[offset] == 0x0A else { return (offset, line) }
            return (offset + 1, line + 1)
        }
    }

    private mutating func take(_ range: Range<Int>, _ line: Int) {
        let isBehind: Bool =
            switch section {
            case .header: headerStatement != nil
            case .up: up!.statementCount > 0
            case .down: down!.statementCount > 0
            }
        if block?.lastLine == line - 1 {
            block?.lastLine = line
        } else {
            block = CommentBlock(
                lastLine: line, isHead: false, kept: comments.count..<comments.count)
        }
        // Behind the first statement only directives matter, of which one may stand there: a file may
        // hold millions of ordinary comments.
        let text = source.text(range)
        guard !isBehind || Directive.isDirective(text) else { return }
        comments.append(
            Comment(
                range: range, line: line, text: text, place: section, isBehindStatement: isBehind))
        if let start = block?.kept.lowerBound { block?.kept = start..<comments.count }
    }

    /// Tells the comments right above a statement which one it is.
    private mutating func attachComments(to statement: Statement) {
        defer { block = nil }
        guard let block, !block.isHead, block.lastLine == statement.line - 1 else { return }
        for index in block.kept { comments[index].statement = statement.range.lowerBound }
    }

    private mutating func take(_ statement: Statement) {
        attachComments(to: statement)
        switch section {
        case .header: headerStatement = headerStatement ?? statement
        case .up: Self.take(statement, isPragma: isPragma(statement), into: &up!, source)
        case .down: Self.take(statement, isPragma: isPragma(statement), into: &down!, source)
        }
    }

    private func isPragma(_ statement: Statement) -> Bool {
        let start = statement.range.lowerBound
        guard dialect == .sqlite, statement.range.count > 6 else { return false }
        return source.withSpan { $0.matches("PRAGMA", at: start..<start + 6) }
    }

    private static func take(
        _ statement: Statement, isPragma: Bool, into section: inout Section,
        _ source: MigrationSource
    ) {
        section.statementCount += 1
        if !isPragma {
            section.firstStatement = section.firstStatement ?? statement
            section.lastStatement = statement
        }
        switch statement.kind {
        case .begin, .commit, .otherTransactionControl:
            if section.transactionControl.count < 3 { section.transactionControl.append(statement) }
        case .outsideTransaction, .createIndexConcurrently:
            if section.outside.count < 20 { section.outside.append(statement) }
        case .releasesLocks:
            if section.lockReleases.count < 20 { section.lockReleases.append(statement) }
        case .copyFromStdin: section.hasCopyData = true
        case .addsEnumValue: section.addsEnumValue = true
        case .plain: break
        }
        source.withSpan { section.meaning.add(statement, in: $0) }
    }
}
