/// Judges what a ``SectionScan`` found and builds the migration from it, collecting every problem.
struct MigrationAssembly {
    let id: MigrationID
    let source: MigrationSource
    let scan: SectionScan
    private(set) var problems: [Diagnostic] = []

    private var upDirectives = SectionDirectives()
    private var downDirectives = SectionDirectives()
    private var irreversible: (reason: String, range: Range<Int>)?
    private var dependencies: Migration.Dependencies = .allBefore
    private var minimumApplication: SemanticVersion?
    private var allowances: [Migration.Allowance] = []

    /// Directives that hold for one section.
    private struct SectionDirectives {
        var transaction: Script.Transaction?
        var lockTimeout: Duration?
        var statementTimeout: Duration?
    }

    init(id: MigrationID, source: MigrationSource, scan: SectionScan) {
        self.id = id
        self.source = source
        self.scan = scan
    }

    mutating func migration() throws(Diagnostics) -> Migration {
        readComments()
        checkSections()
        let up = scan.up.map { script($0, transaction: nil, directives: upDirectives) }
        var down = scan.down.flatMap { section in
            section.statementCount > 0
                ? script(section, transaction: nil, directives: downDirectives) : nil
        }
        if irreversible != nil { down = nil }
        guard problems.isEmpty, let up else {
            throw Diagnostics(
                problems.sorted { ($0.location?.line ?? 0) < ($1.location?.line ?? 0) })
        }
        return Migration(
            id: id, source: source, up: up, down: down, irreversibleReason: irreversible?.reason,
            dependencies: dependencies, minimumApplication: minimumApplication,
            allowances: allowances,
            checksum: source.withBytes { Checksum(normalising: $0) })
    }

    mutating func script(
        _ section: SectionScan.Section, transaction: Script.Transaction
    ) -> Script {
        script(section, transaction: transaction, directives: SectionDirectives())
    }

    // MARK: Header and directives

    private mutating func readComments() {
        for comment in scan.comments {
            if comment.place == .header { checkHeader(comment) }
            do throws(DirectiveError) {
                guard let directive = try Directive.parse(comment.text) else { continue }
                guard !comment.isBehindStatement else {
                    throw DirectiveError(
                        .directiveInvalid,
                        "a directive stands in the header or directly below a section's marker, before its first statement"
                    )
                }
                try take(directive, comment)
            } catch {
                problems.append(
                    source.diagnostic(
                        error.code, error.message, at: comment.range.lowerBound,
                        length: comment.range.count, hint: error.hint, help: error.help))
            }
        }
    }

    private mutating func take(
        _ directive: Directive, _ comment: SectionScan.Comment
    ) throws(DirectiveError) {
        let inDown = comment.place == .down
        switch directive {
        case .noTransaction: edit(comment.place) { $0.transaction = Script.Transaction.none }
        case .lockTimeout(let limit): edit(comment.place) { $0.lockTimeout = limit }
        case .statementTimeout(let limit): edit(comment.place) { $0.statementTimeout = limit }
        case .irreversible(let reason):
            guard comment.place != .up else {
                throw DirectiveError(
                    .directiveInvalid,
                    "`irreversible` stands in the header or below the down marker")
            }
            irreversible = (reason, comment.range)
        case .dependsOn(let ids):
            guard !inDown, dependencies == .allBefore else {
                throw DirectiveError(
                    .directiveInvalid,
                    "`depends-on` stands once, in the header or below the up marker")
            }
            dependencies = .declared(
                ids.map { Migration.Reference(text: $0, location: location(comment)) })
        case .minimumApplication(let version):
            guard !inDown, minimumApplication == nil else {
                throw DirectiveError(
                    .directiveInvalid,
                    "`minimum-application` stands once, in the header or below the up marker")
            }
            minimumApplication = version
        case .allow(let rule, let reason):
            allowances.append(
                Migration.Allowance(rule: rule, reason: reason, location: location(comment)))
        }
    }

    private mutating func edit(
        _ place: SectionScan.Place, _ change: (inout SectionDirectives) -> Void
    ) {
        if place != .down { change(&upDirectives) }
        if place != .up { change(&downDirectives) }
    }

    private func location(_ comment: SectionScan.Comment) -> SourceLocation {
        SourceLocation(file: source.path, line: comment.line)
    }

    /// `-- Migration: VERSION - NAME` must say what the file name says.
    private mutating func checkHeader(_ comment: SectionScan.Comment) {
        guard let body = Self.value(of: "Migration", in: comment.text) else { return }
        let expected = "\(id.version) - \(id.name)"
        guard body != expected else { return }
        problems.append(
            source.diagnostic(
                .headerMismatch,
                "the header says \"\(body)\", the file name says \"\(expected)\"",
                at: comment.range.lowerBound, length: comment.range.count,
                help: ["make the header and the file name agree"]))
    }

    private static func value(of key: String, in comment: String) -> String? {
        var words = comment.drop { $0.isWhitespace || $0 == "-" }
        guard words.lowercased().hasPrefix("\(key.lowercased()):") else { return nil }
        words = words.dropFirst(key.count + 1)
        return words.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }

    // MARK: Sections

    private mutating func checkSections() {
        if let statement = scan.headerStatement {
            problem(
                .sectionMissing, "SQL stands before any section marker", statement,
                help: ["put a line `-- Up Migration` above it"])
        }
        for (marker, range) in scan.strayMarkers {
            let name = marker == .up ? "Up Migration" : "Down Migration (Rollback)"
            let isSecond = marker == .down || scan.up != nil
            problems.append(
                source.diagnostic(
                    .sectionDuplicate,
                    isSecond
                        ? "a second `-- \(name)` section" : "`-- \(name)` stands below the down section",
                    at: range.lowerBound, length: range.count,
                    help: ["a migration has one up section, then one down section"]))
        }
        guard let up = scan.up else {
            if scan.headerStatement == nil && scan.strayMarkers.isEmpty || scan.down != nil {
                problems.append(
                    Diagnostic(
                        .sectionMissing, "there is no `-- Up Migration` line",
                        at: SourceLocation(file: source.path, line: 1),
                        help: ["put a line `-- Up Migration` above the statements"]))
            }
            return
        }
        if up.statementCount == 0 {
            problems.append(
                source.diagnostic(
                    .sectionEmpty, "the up section holds no statement", at: up.marker.lowerBound,
                    length: up.marker.count))
        }
        checkDown()
    }

    private mutating func checkDown() {
        let help = [
            "write a down section, or say why there is none below the down marker: -- apus: irreversible REASON"
        ]
        switch (scan.down, irreversible) {
        case (nil, nil):
            problems.append(
                Diagnostic(
                    .sectionMissing, "there is no `-- Down Migration (Rollback)` line",
                    at: SourceLocation(file: source.path, line: 1), help: help))
        case (let down?, nil) where down.statementCount == 0:
            problems.append(
                source.diagnostic(
                    .sectionEmpty, "the down section holds no statement",
                    at: down.marker.lowerBound, length: down.marker.count, help: help))
        case (let down?, let irreversible?) where down.statementCount > 0:
            problems.append(
                source.diagnostic(
                    .directiveInvalid,
                    "the migration is declared irreversible, and has a down section",
                    at: irreversible.range.lowerBound, length: irreversible.range.count,
                    help: ["take out the directive, or the down section's statements"]))
        default: break
        }
    }

    // MARK: Scripts

    private mutating func script(
        _ section: SectionScan.Section, transaction: Script.Transaction?,
        directives: SectionDirectives
    ) -> Script {
        let transaction = transaction ?? directives.transaction ?? .wrapped
        let isUnwrapped = isWrappedInOnePair(section) && transaction == .wrapped
        if !isUnwrapped, let first = section.transactionControl.first {
            problem(
                .transactionControl,
                "transaction control inside a migration: \(name(first)) would end or split the transaction that Apus opens",
                first,
                help: ["take it out; one BEGIN … COMMIT pair around the whole section is accepted"])
        }
        if transaction == .wrapped {
            for statement in section.outside {
                problem(
                    .notInTransaction,
                    "\(name(statement)) cannot run inside a transaction", statement,
                    help: ["add the line `-- apus: no-transaction` below the section's marker"])
            }
        }
        return Script(
            dialect: scan.dialect, section: section.body, line: section.line,
            statementCount: section.statementCount - (isUnwrapped ? 2 : 0),
            transaction: transaction, isUnwrapped: isUnwrapped,
            lockTimeout: directives.lockTimeout, statementTimeout: directives.statementTimeout,
            hasCopyData: section.hasCopyData, meaning: section.meaning.finish())
    }

    private func isWrappedInOnePair(_ section: SectionScan.Section) -> Bool {
        let control = section.transactionControl
        guard control.count == 2, section.statementCount > 2, control[0].kind == .begin,
            control[1].kind == .commit, control[0] == section.firstStatement,
            control[1] == section.lastStatement
        else { return false }
        // BEGIN ISOLATION LEVEL … asks for something that leaving it out would lose.
        let plain: Set = [
            "BEGIN", "START", "TRANSACTION", "WORK", "DEFERRED", "IMMEDIATE", "EXCLUSIVE",
        ]
        return words(control[0], limit: 4).allSatisfy(plain.contains)
    }

    private func words(_ statement: Statement, limit: Int) -> [String] {
        source.withSpan {
            StatementClassifier.leadingWords(
                of: statement.range, in: $0, dialect: scan.dialect, limit: limit)
        }
    }

    private func name(_ statement: Statement) -> String {
        let limit =
            switch statement.kind {
            case .createIndexConcurrently: 4
            case .begin, .commit: 1
            default: 2
            }
        return words(statement, limit: limit).joined(separator: " ")
    }

    private mutating func problem(
        _ code: DiagnosticCode, _ message: String, _ statement: Statement, help: [String]
    ) {
        let range = statement.range
        problems.append(
            source.diagnostic(
                code, message, at: range.lowerBound, length: range.count, help: help))
    }
}
