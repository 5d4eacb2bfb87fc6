import ApusCore

/// What a rehearsal has to say of what it saw. Decides; looks at nothing itself.
enum RehearsalFindings {
    /// How many lines of a difference are shown.
    private static let shown = 20

    // MARK: Steps

    /// A step that failed: what the database said, without what only holds for a real run.
    static func ofFailure(
        _ failure: Diagnostic, of step: Step, _ phase: RehearsedStep.Phase
    ) -> Diagnostic {
        var finding = failure
        finding.message = "\(step.id.title), \(phase.words): \(failure.message)"
        finding.state = nil
        finding.help = ["mend the file and rehearse again: apus test"]
        return finding
    }

    /// What a step broke or passed over without failing.
    static func ofNotices(
        _ notices: [String], of step: Step, _ phase: RehearsedStep.Phase, _ migration: Migration?
    ) -> Diagnostic {
        Diagnostic(
            .brokenSilently,
            "\(step.id.title), \(phase.words): the database accepted it, and not all is as it was",
            severity: .warning, at: migration?.place(of: phase), details: notices,
            help: [
                "mend the file, a table is rebuilt whole with apus sqlite rebuild, then: apus test"
            ])
    }

    /// What undoing it left different.
    static func ofDown(_ result: MigrationRehearsal, of migration: Migration?) -> [Diagnostic] {
        var findings: [Diagnostic] = []
        // The text that ran is the history's; it is the file that a person mends.
        let place = migration?.place(of: .down)
        if let difference = result.afterDown, difference.isOfPositionsAlone {
            findings.append(
                Diagnostic(
                    .schemaNotRestored,
                    "the down section of \(result.id.title) brings columns back in another order",
                    severity: .warning, at: place, details: lines(of: difference),
                    help: [
                        "name columns in INSERT and SELECT, or make the table anew in the down section where their order matters"
                    ]))
        } else if let difference = result.afterDown, !difference.isEmpty {
            findings.append(
                Diagnostic(
                    .schemaNotRestored,
                    "the down section of \(result.id.title) does not lead back to the schema before it",
                    at: place, details: lines(of: difference),
                    help: [
                        "correct the down section, or declare it irreversible, and rehearse again: apus test"
                    ]))
        }
        if !result.dataChanges.isEmpty {
            findings.append(
                Diagnostic(
                    .dataNotKept,
                    "undoing \(result.id.title) does not give back all data",
                    severity: .warning, at: place,
                    details: listed(result.dataChanges.map(\.sentence)),
                    help: [
                        "keep the data in the up section, or declare the migration irreversible"
                    ]))
        }
        return findings
    }

    /// What applying it a second time left different.
    static func ofUpAgain(_ result: MigrationRehearsal) -> [Diagnostic] {
        guard let difference = result.afterUpAgain, !difference.isEmpty else { return [] }
        return [
            Diagnostic(
                .schemaNotRepeated,
                "\(result.id.title) leaves another schema when it is applied again",
                details: lines(of: difference),
                help: ["let its down section take everything back, and rehearse again: apus test"])
        ]
    }

    private static func lines(of difference: SchemaDifference) -> [String] {
        listed(difference.lines)
    }

    private static func listed(_ lines: [String]) -> [String] {
        lines.count > shown
            ? lines.prefix(shown) + ["… and \(lines.count - shown) more"] : lines
    }

    // MARK: The user's tests

    static func ofFixture(
        _ failure: TestFailure, in file: TestFile, _ dialect: DatabaseEngine
    ) -> Diagnostic {
        var finding = placed(failure, in: file, dialect)
        finding.message = "the fixture of \(file.version) failed: \(finding.message)"
        finding.help = ["it runs before \(file.version) is applied: mend it, then: apus test"]
        return finding
    }

    static func ofQuery(
        _ failure: TestFailure, _ assertion: TestFile.Assertion, in file: TestFile,
        _ dialect: DatabaseEngine
    ) -> Diagnostic {
        var finding = placed(failure, in: file, dialect)
        finding.message = "the assertion \"\(assertion.name)\" cannot be asked: \(finding.message)"
        finding.help = ["mend the query, then: apus test"]
        // The transaction allows no writing, whatever the server is.
        if finding.code == .readOnlyServer { finding.code = .statementFailed }
        return finding
    }

    static func ofAssertion(
        _ assertion: TestFile.Assertion, _ rows: QueryRows, in file: TestFile
    ) -> Diagnostic {
        let (location, excerpt) = file.source.place(
            at: assertion.query.range.lowerBound, length: assertion.query.range.count)
        let count = rows.count == 1 ? "1 row" : "\(rows.count) rows"
        var details = RowTable(rows).lines
        if rows.count > rows.first.count {
            details.append("… and \(rows.count - rows.first.count) more")
        }
        return Diagnostic(
            .assertionFailed,
            "\"\(assertion.name)\" does not hold at \(file.version): \(count) should not be there",
            at: location, excerpt: excerpt, details: details,
            help: ["mend the migration, or the assertion, and rehearse again: apus test"])
    }

    private static func placed(
        _ failure: TestFailure, in file: TestFile, _ dialect: DatabaseEngine
    ) -> Diagnostic {
        var finding = failure.error.diagnostic
        guard let statement = failure.statement else {
            finding.location = SourceLocation(file: file.source.path, line: 1)
            return finding
        }
        let place = failure.error.place(in: statement, of: file.source, dialect)
        (finding.location, finding.excerpt) = file.source.place(
            at: place.lowerBound, length: place.count)
        return finding
    }
}

extension Migration {
    /// Where a section begins, or one of its statements (from 0).
    func place(of phase: RehearsedStep.Phase, statement: Int? = nil) -> SourceLocation? {
        guard let script = phase == .down ? down : up else { return nil }
        var offset = script.section.lowerBound
        if let statement {
            script.forEachStatement(in: source) { index, found in
                if index == statement { offset = found.range.lowerBound }
            }
        }
        return source.place(at: offset).0
    }
}

/// Rows as lines of a table: `id | name`.
struct RowTable {
    let rows: QueryRows
    /// The longest value that is shown whole.
    private static let longest = 40

    init(_ rows: QueryRows) {
        self.rows = rows
    }

    var lines: [String] {
        let table = [rows.columns] + rows.first.map { $0.map(Self.shown) }
        let widths = rows.columns.indices.map { column in
            table.map { $0[column].count }.max() ?? 0
        }
        return table.map { row in
            zip(row, widths).enumerated().map { index, cell in
                index == widths.count - 1
                    ? cell.0
                    : cell.0 + String(repeating: " ", count: max(0, cell.1 - cell.0.count))
            }.joined(separator: " | ")
        }
    }

    private static func shown(_ value: String?) -> String {
        guard let value else { return "NULL" }
        let line = value.split(whereSeparator: \.isNewline).first.map(String.init) ?? ""
        return line.count > longest || line.count < value.count
            ? "\(line.prefix(longest))…" : line
    }
}
