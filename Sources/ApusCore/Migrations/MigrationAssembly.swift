/// Judges what a ``SectionScan`` found and builds the migration from it, collecting every problem.
struct MigrationAssembly {
    let id: MigrationID
    let source: MigrationSource
    let scan: SectionScan
    private(set) var problems: [Diagnostic] = []

    private var upDirectives = ScriptAssembly.Directives()
    private var downDirectives = ScriptAssembly.Directives()
    /// Where each directive that may stand once has been seen.
    private var seen: Set<Sighting> = []
    private var irreversible: (reason: String, range: Range<Int>)?
    private var dependencies: Migration.Dependencies = .allBefore
    private var minimumApplication: SemanticVersion?
    private var requiresComplete: Migration.Dependencies?
    private var allowances: [Migration.Allowance] = []
    private var directives: [PlacedDirective] = []

    private struct Sighting: Hashable {
        var place: SectionScan.Place
        var word: String
    }

    init(id: MigrationID, source: MigrationSource, scan: SectionScan) {
        self.id = id
        self.source = source
        self.scan = scan
    }

    mutating func migration() throws(Diagnostics) -> Migration {
        readComments()
        let up = scan.up.map { assembly($0, upDirectives) }
        let down = scan.down.map { assembly($0, downDirectives) }
        checkUp(up)
        checkDown(down)
        problems += (up?.problems ?? []) + (down?.problems ?? [])
        guard problems.isEmpty, let up else { throw Diagnostics(inOrder(problems)) }
        return Migration(
            id: id, source: source, up: up.script,
            down: irreversible == nil ? down?.script : nil,
            irreversibleReason: irreversible?.reason,
            dependencies: dependencies, minimumApplication: minimumApplication,
            requiresComplete: requiresComplete,
            allowances: allowances, directives: directives,
            checksum: source.withBytes { Checksum(normalising: $0) })
    }

    /// The script of a down section that was kept without the rest of its file.
    mutating func storedDown(
        _ section: SectionScan.Section, transaction: Script.Transaction
    ) throws(Diagnostics) -> Script {
        readComments()
        // The header may have said it for both sections, and the header was not kept.
        downDirectives.transaction = transaction
        let down = assembly(section, downDirectives)
        problems += down.problems
        if !problems.isEmpty { throw Diagnostics(inOrder(problems)) }
        return down.script
    }

    private func assembly(
        _ section: SectionScan.Section, _ directives: ScriptAssembly.Directives
    ) -> ScriptAssembly {
        ScriptAssembly(
            section: section, directives: directives, source: source, dialect: scan.dialect)
    }

    private func inOrder(_ problems: [Diagnostic]) -> [Diagnostic] {
        func place(_ problem: Diagnostic) -> (Int, Int) {
            (problem.location?.line ?? 0, problem.location?.column ?? 0)
        }
        return problems.sorted { place($0) < place($1) }
    }

    // MARK: Header and directives

    private mutating func readComments() {
        for comment in scan.comments {
            if comment.place == .header { checkHeader(comment) }
            do throws(DirectiveError) {
                guard let directive = try Directive.parse(comment.text) else { continue }
                try checkPlace(of: directive, comment)
                try take(directive, comment)
                try checkOnce(directive, comment.place)
                note(directive, comment)
            } catch {
                problems.append(
                    source.diagnostic(
                        error.code, error.message, at: comment.range.lowerBound,
                        length: comment.range.count, hint: error.hint, help: error.help))
            }
        }
    }

    private mutating func note(_ directive: Directive, _ comment: SectionScan.Comment) {
        // Allowances are kept with what they cover.
        if case .allow = directive { return }
        let section: Direction? =
            switch comment.place {
            case .header: nil
            case .up: .up
            case .down: .down
            }
        directives.append(
            PlacedDirective(directive, section: section, range: comment.range))
    }

    private func checkPlace(
        of directive: Directive, _ comment: SectionScan.Comment
    ) throws(DirectiveError) {
        guard comment.isBehindStatement else { return }
        switch directive {
        case .allow, .batch, .verify:
            guard comment.place == .header || comment.statement == nil else { return }
            let article = directive.word == "allow" ? "an" : "a"
            throw DirectiveError(
                .directiveInvalid,
                "\(article) `\(directive.word)` stands right above its statement, or above the first one of its section"
            )
        default: break
        }
        throw DirectiveError(
            .directiveInvalid,
            "a directive stands in the header or directly below a section's marker, before its first statement"
        )
    }

    private mutating func checkOnce(
        _ directive: Directive, _ place: SectionScan.Place
    ) throws(DirectiveError) {
        switch directive {
        case .allow, .batch, .verify: return
        default: break
        }
        guard seen.insert(Sighting(place: place, word: directive.word)).inserted else {
            throw DirectiveError(
                .directiveInvalid, "a second `\(directive.word)` in the same place")
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
            guard comment.place != .up, irreversible == nil else {
                throw DirectiveError(
                    .directiveInvalid,
                    "`irreversible` stands once, in the header or below the down marker")
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
        case .requiresComplete(let ids):
            guard !inDown, requiresComplete == nil else {
                throw DirectiveError(
                    .directiveInvalid,
                    "`requires-complete` stands once, in the header or below the up marker")
            }
            requiresComplete =
                ids.isEmpty
                ? .allBefore
                : .declared(
                    ids.map { Migration.Reference(text: $0, location: location(comment)) })
        case .batch(let clause):
            let place = try statement(of: directive, comment)
            guard upDirectives.batches.updateValue(clause, forKey: place) == nil else {
                throw DirectiveError(.directiveInvalid, "a second `batch` of the same statement")
            }
        case .verify: upDirectives.verifications.insert(try statement(of: directive, comment))
        case .allow(let rule, let reason):
            allowances.append(
                Migration.Allowance(
                    rule: rule, reason: reason, scope: scope(of: comment), range: comment.range,
                    location: location(comment)))
        }
    }

    /// Where the statement begins that a directive stands above.
    private func statement(
        of directive: Directive, _ comment: SectionScan.Comment
    ) throws(DirectiveError) -> Int {
        guard comment.place == .up else {
            throw DirectiveError(
                .directiveInvalid, "a `\(directive.word)` stands in the up section")
        }
        guard let place = comment.statement ?? scan.up?.firstStatement?.range.lowerBound else {
            throw DirectiveError(
                .directiveInvalid, "the `\(directive.word)` stands above no statement")
        }
        return place
    }

    private mutating func edit(
        _ place: SectionScan.Place, _ change: (inout ScriptAssembly.Directives) -> Void
    ) {
        if place != .down { change(&upDirectives) }
        if place != .up { change(&downDirectives) }
    }

    private func scope(of comment: SectionScan.Comment) -> Migration.Allowance.Scope {
        let direction: Direction
        switch comment.place {
        case .header: return .migration
        case .up: direction = .up
        case .down: direction = .down
        }
        return comment.statement.map { .statement(direction, at: $0) } ?? .section(direction)
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

    private mutating func checkUp(_ up: ScriptAssembly?) {
        let help = ["put a line `-- Up Migration` above the statements"]
        if let statement = scan.headerStatement {
            problem(
                .sectionMissing, "SQL stands before any section marker", statement.range, help: help
            )
        }
        for (marker, range) in scan.strayMarkers {
            let name = marker == .up ? "Up Migration" : "Down Migration (Rollback)"
            problem(
                .sectionDuplicate,
                marker == .up && scan.up == nil
                    ? "`-- \(name)` stands below the down section"
                    : "a second `-- \(name)` section",
                range, help: ["a migration has one up section, then one down section"])
        }
        if let up, let section = scan.up {
            guard up.statementCount == 0 else { return }
            problem(.sectionEmpty, "the up section holds no statement", section.marker)
        } else if scan.headerStatement == nil, !scan.strayMarkers.contains(where: { $0.0 == .up }) {
            missing("there is no `-- Up Migration` line", help: help)
        }
    }

    /// COPY data that nothing ends take everything below for data, the down marker as well.
    private var openCopyHelp: [String]? {
        guard let last = scan.up?.lastStatement, let data = last.copyData, !data.isEmpty,
            data.upperBound == source.count
        else { return nil }
        return [
            "the data of the COPY in line \(last.line) run to the end of the file: end them with a line `\\.`"
        ]
    }

    private mutating func checkDown(_ down: ScriptAssembly?) {
        let help = [
            "write a down section, or say why there is none below the down marker: -- apus: irreversible REASON"
        ]
        let isEmpty = (down?.statementCount ?? 0) == 0
        switch (scan.down, irreversible) {
        case (nil, nil):
            missing(
                "there is no `-- Down Migration (Rollback)` line", help: openCopyHelp ?? help)
        case (let section?, nil) where isEmpty:
            problem(
                .sectionEmpty, "the down section holds no statement", section.marker, help: help)
        case (_?, let irreversible?) where !isEmpty:
            problem(
                .directiveInvalid,
                "the migration is declared irreversible, and has a down section",
                irreversible.range,
                help: ["take out the directive, or the down section's statements"])
        default: break
        }
    }

    private mutating func problem(
        _ code: DiagnosticCode, _ message: String, _ range: Range<Int>, help: [String] = []
    ) {
        problems.append(
            source.diagnostic(
                code, message, at: range.lowerBound, length: range.count, help: help))
    }

    /// A problem with something that is not there.
    private mutating func missing(_ message: String, help: [String]) {
        problems.append(
            Diagnostic(
                .sectionMissing, message, at: SourceLocation(file: source.path, line: 1),
                help: help))
    }
}
