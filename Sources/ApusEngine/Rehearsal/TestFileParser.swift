import ApusCore

/// Reads one test file, and collects everything that is wrong with it.
struct TestFileParser {
    private enum Section {
        case none
        case fixture
        case assertion(TestMarker, Range<Int>, [Statement])
    }

    private let source: MigrationSource
    private let dialect: DatabaseEngine
    private var section = Section.none
    private var file: TestFile
    private var hasFixture = false
    private var problems: [Diagnostic] = []

    init(
        version: SemanticVersion, name: String, source: MigrationSource, dialect: DatabaseEngine
    ) {
        self.source = source
        self.dialect = dialect
        file = TestFile(version: version, name: name, source: source)
    }

    /// Throws `test-file-invalid` with every problem, or the splitter's own refusal.
    mutating func parse() throws(Diagnostics) -> TestFile {
        if let problem = encodingProblem { throw Diagnostics([problem]) }
        var splitter = StatementSplitter(dialect: dialect, recognisesMarkers: false)
        do throws(SplitFailure) {
            while let item = try source.withSpan({ (bytes) throws(SplitFailure) in
                try splitter.next(in: bytes)
            }) {
                switch item {
                case .comment(let range, _): take(comment: range)
                case .statement(let statement): take(statement)
                case .marker: break
                }
            }
        } catch {
            problems.append(
                source.diagnostic(
                    .testFileInvalid, error.message, at: error.offset, length: error.length))
        }
        end()
        if problems.isEmpty, !hasFixture, file.assertions.isEmpty {
            problem("the file asserts nothing", 0..<1, TestMarker.example)
        }
        guard problems.isEmpty else { throw Diagnostics(problems) }
        return file
    }

    private var encodingProblem: Diagnostic? {
        let bytes = source.bytes(0..<source.count)
        if let offset = bytes.firstIndex(of: 0) {
            return source.diagnostic(.testFileInvalid, "the file holds a NUL byte", at: offset)
        }
        guard String(validating: bytes, as: UTF8.self) == nil else { return nil }
        return Diagnostic(
            .testFileInvalid, "the file is not UTF-8 text",
            at: SourceLocation(file: source.path, line: 1))
    }

    // MARK: Sections

    private mutating func take(comment range: Range<Int>) {
        guard let marker = TestMarker(source.text(range)) else { return }
        end()
        switch marker {
        case .fixture:
            if hasFixture { problem("there is a second fixture", range, "put both into one") }
            if !file.assertions.isEmpty {
                problem(
                    "the fixture stands behind an assertion", range,
                    "put it first: it runs before the version's migrations")
            }
            hasFixture = true
            section = .fixture
        case .assertion(let name):
            if name.isEmpty { problem("an assertion needs a name", range, TestMarker.example) }
            if file.assertions.contains(where: { $0.name == name }) {
                problem("there are two assertions \"\(name)\"", range, "give one another name")
            }
            section = .assertion(marker, range, [])
        }
    }

    private mutating func take(_ statement: Statement) {
        if let line = swallowedMarker(statement) {
            problem(
                "the statement does not end before the next section", line,
                "end the statement above with a semicolon")
        }
        switch statement.kind {
        case .begin, .commit, .otherTransactionControl, .outsideTransaction,
            .createIndexConcurrently, .releasesLocks:
            problem(
                "this cannot run inside the transaction that Apus opens", statement.range,
                "take it out of the test")
        case .plain, .copyFromStdin, .addsEnumValue: break
        }
        switch section {
        case .none: problem("this stands in no section", statement.range, TestMarker.example)
        case .fixture: file.fixture.append(statement)
        case .assertion(let marker, let range, let statements):
            section = .assertion(marker, range, statements + [statement])
        }
    }

    /// The assertion that the next marker, or the file's end, closes.
    private mutating func end() {
        defer { section = .none }
        guard case .assertion(.assertion(let name), let range, let statements) = section else {
            return
        }
        guard let query = statements.first else {
            problem("the assertion \"\(name)\" has no query", range, TestMarker.example)
            return
        }
        if statements.count > 1 {
            problem(
                "the assertion \"\(name)\" has \(statements.count) statements",
                statements[1].range, "write one query that returns no rows")
        }
        file.assertions.append(TestFile.Assertion(name: name, query: query))
    }

    /// A marker line inside a statement, which the splitter takes for a comment of the statement's.
    private func swallowedMarker(_ statement: Statement) -> Range<Int>? {
        var offset = statement.range.lowerBound
        for line in source.text(statement.range).split(
            separator: "\n", omittingEmptySubsequences: false)
        {
            if TestMarker(String(line)) != nil { return offset..<offset + line.utf8.count }
            offset += line.utf8.count + 1
        }
        return nil
    }

    private mutating func problem(_ message: String, _ range: Range<Int>, _ help: String) {
        problems.append(
            source.diagnostic(
                .testFileInvalid, message, at: range.lowerBound, length: range.count, help: [help])
        )
    }
}

/// The line that begins a section of a test file.
enum TestMarker: Hashable {
    case fixture
    case assertion(String)

    static let example =
        "write `-- Fixture` or `-- Assert NAME` on a line of its own, and the SQL below it"

    /// Reads a `--` comment; letter case and the amount of white space do not matter.
    init?(_ comment: String) {
        let trimmed = comment.drop(while: \.isWhitespace)
        guard trimmed.hasPrefix("--") else { return nil }
        let words = trimmed.dropFirst(2).split(whereSeparator: \.isWhitespace)
        switch words.first?.lowercased() {
        case "fixture" where words.count == 1: self = .fixture
        case "assert": self = .assertion(words.dropFirst().joined(separator: " "))
        default: return nil
        }
    }
}
