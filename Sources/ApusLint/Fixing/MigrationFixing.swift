import ApusCore

/// Brings the fixes of one migration together: which of them go with each other, and what the files are
/// then.
struct MigrationFixing {
    let migration: Migration
    let fixes: [Fix]
    let bytes: [UInt8]
    let up: SectionText
    let down: SectionText?
    /// By number of the fix.
    private(set) var refusals: [Int: FixRefusal] = [:]

    /// How what leaves the transaction of the up section leaves it.
    enum Mode {
        /// The section has none.
        case stays
        /// The whole section leaves it.
        case converted
        /// The rest keeps it: another migration takes over.
        case moved
    }

    init(_ migration: Migration, _ fixes: [Fix]) {
        self.migration = migration
        self.fixes = fixes
        let bytes = migration.source.bytes(0..<migration.source.count)
        self.bytes = bytes
        up = SectionText(migration, .up, migration.up, bytes)
        down = migration.down.map { SectionText(migration, .down, $0, bytes) }
    }

    /// `nil` where nothing remains to be written.
    mutating func run() -> FixedMigration? {
        refuseOwnTransactions()
        let mode = mode()
        refuseHinderedLater(mode)
        let convertsDown = convertsDown(mode)
        guard fixes.indices.contains(where: isKept) else { return nil }
        var edits = TextEdits()
        var added: [AddedMigration] = []
        for fix in kept where fix.text != nil { edit(fix, &edits) }
        added += later()
        if mode == .moved { added.append(move(&edits)) } else { replace(.up, mode, &edits) }
        if convertsDown || down?.script.transaction == Script.Transaction.none {
            replaceDown(mode, convertsDown, &edits)
        }
        return FixedMigration(bytes: edits.applied(to: bytes), added: added)
    }

    private func isKept(_ number: Int) -> Bool { refusals[number] == nil }
    var kept: [Fix] { fixes.indices.filter(isKept).map { fixes[$0] } }
    /// Those that leave the transaction of a section.
    func outside(_ direction: Direction) -> [Int] {
        fixes.indices.filter {
            isKept($0) && fixes[$0].outside != nil && fixes[$0].part.direction == direction
        }
    }

    // MARK: What goes together

    private mutating func refuseOwnTransactions() {
        guard up.script.isUnwrapped || down?.script.isUnwrapped == true else { return }
        for (number, fix) in fixes.enumerated() where fix.outside != nil || fix.later != nil {
            refusals[number] = FixRefusal(
                "a section has BEGIN and COMMIT of its own: take them out, Apus opens the transaction"
            )
        }
    }

    private mutating func mode() -> Mode? {
        while true {
            let numbers = outside(.up)
            if numbers.isEmpty { return nil }
            if up.script.transaction == .none { return .stays }
            let parts = Set(numbers.map { fixes[$0].part.range })
            if up.statements.allSatisfy({ isCovered($0, by: parts, numbers) }) { return .converted }
            let refused = refusedMoves(numbers, parts)
            if refused.isEmpty { return .moved }
            refusals.merge(refused) { old, _ in old }
        }
    }

    /// Whether nothing of a statement remains when those parts go.
    private func isCovered(
        _ statement: MigrationSubject.SectionStatement, by parts: Set<Range<Int>>, _ numbers: [Int]
    ) -> Bool {
        numbers.contains {
            fixes[$0].part.statement == statement.statement.range
                && parts.isSuperset(of: fixes[$0].part.siblings)
        }
    }

    private func refusedMoves(_ numbers: [Int], _ parts: Set<Range<Int>>) -> [Int: FixRefusal] {
        var refused: [Int: FixRefusal] = [:]
        for number in numbers {
            let fix = fixes[number]
            let rest = up.statements.filter {
                $0.index > fix.part.index && !isCovered($0, by: parts, numbers)
            }
            if let hindrance = hindrance(fix, rest) { refused[number] = hindrance }
            guard let partner = fix.partner, let down else { continue }
            let partners = Set(numbers.compactMap { fixes[$0].partner?.index })
            let before = down.statements.filter {
                $0.index < partner.index && !partners.contains($0.index)
            }
            if let hindrance = hindrance(fix, before) { refused[number] = hindrance }
        }
        let leaving = Set(numbers.compactMap { fixes[$0].partner?.range })
        if let down,
            down.statements.allSatisfy({ statement in
                numbers.contains {
                    fixes[$0].partner?.statement == statement.statement.range
                        && leaving.isSuperset(of: fixes[$0].partner?.siblings ?? [])
                }
            })
        {
            for number in numbers {
                refused[number] = FixRefusal(
                    "the down section undoes nothing else, and would be empty without it")
            }
        }
        return refused
    }

    private func hindrance(
        _ fix: Fix, _ statements: [MigrationSubject.SectionStatement]
    ) -> FixRefusal? {
        guard let stake = fix.stake else { return nil }
        for statement in statements {
            if let reason = stake.hindrance(statement, in: migration.source) {
                return FixRefusal(
                    "it would run behind the statement in line \(statement.statement.line), which \(reason)"
                )
            }
        }
        return nil
    }

    private mutating func refuseHinderedLater(_ mode: Mode?) {
        let numbers = mode == .moved ? outside(.up) : []
        let parts = Set(numbers.map { fixes[$0].part.range })
        for number in fixes.indices where isKept(number) && fixes[number].later != nil {
            let rest = up.statements.filter {
                $0.index > fixes[number].part.index && !isCovered($0, by: parts, numbers)
            }
            refusals[number] = hindrance(fixes[number], rest)
        }
    }

    /// Whether the down section leaves its transaction as a whole. Refuses what would have to leave it
    /// alone.
    private mutating func convertsDown(_ mode: Mode?) -> Bool {
        let own = outside(.down)
        guard let down, down.script.transaction == .wrapped else { return false }
        let partners = outside(.up).compactMap { fixes[$0].partner }
        let moved = mode == .moved ? Set(partners.map(\.range)) : []
        let leaving = Set(
            own.map { fixes[$0].part.range } + (mode == .converted ? partners.map(\.range) : []))
        let parts = own.map { fixes[$0].part } + partners
        let isWhole = down.statements.allSatisfy { statement in
            parts.contains {
                $0.statement == statement.statement.range && leaving.isSuperset(of: $0.siblings)
            }
        }
        if isWhole {
            let needsIt = outside(.up).contains { number in
                fixes[number].undo.contains { $0.contains(" CONCURRENTLY ") }
            }
            return !own.isEmpty || needsIt
        }
        for number in own where !moved.contains(fixes[number].part.range) {
            refusals[number] = FixRefusal(
                "the rest of the down section needs its transaction, and a section has one or none")
        }
        return false
    }
}

extension Fix {
    var text: String? {
        if case .text(let text) = change { return text }
        return nil
    }

    var outside: [String]? {
        if case .outside(let statements) = change { return statements }
        return nil
    }
}
