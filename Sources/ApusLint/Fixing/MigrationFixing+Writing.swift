import ApusCore

/// How what was decided is written into the files.
extension MigrationFixing {
    func edit(_ fix: Fix, _ edits: inout TextEdits) {
        guard let text = fix.text else { return }
        edits.replace(fix.part.range, with: text)
        if let addition = fix.addition { edits.insert(", \(addition.text)", at: addition.end) }
        if let partner = fix.partner, let text = fix.partnerText {
            edits.replace(partner.range, with: text)
        }
    }

    /// One migration for each table: a transaction that waits for a second table holds the first.
    func later() -> [AddedMigration] {
        var tables: [ObjectName] = []
        var parts: [ObjectName: Fix.Later] = [:]
        for later in kept.compactMap(\.later) {
            if parts[later.table] == nil { tables.append(later.table) }
            var all = parts[later.table] ?? Fix.Later(table: later.table, up: [], down: [])
            all.up += later.up
            all.down = later.down + all.down
            parts[later.table] = all
        }
        return tables.compactMap { parts[$0] }.enumerated().map { number, later in
            AddedMigration(
                suffix: number == 0 ? "validated" : "validated_\(number + 1)", isOutside: false,
                up: later.up, down: later.down, irreversibleReason: nil)
        }
    }

    /// Takes everything out that leaves the transaction, and what undoes it.
    func move(_ edits: inout TextEdits) -> AddedMigration {
        let fixes = outside(.up).map { self.fixes[$0] }
        let comments = remove(fixes.map(\.part), from: up, &edits)
        if let down { _ = remove(fixes.compactMap(\.partner), from: down, &edits) }
        var written: [String] = []
        for fix in fixes {
            var statements = fix.outside ?? []
            if let first = statements.first {
                statements[0] = (comments[fix.part.range] ?? "") + first
            }
            written += statements
        }
        return AddedMigration(
            suffix: "concurrently", isOutside: true, up: written,
            down: fixes.reversed().flatMap(\.undo),
            irreversibleReason: fixes.contains { $0.undo.isEmpty }
                ? migration.irreversibleReason : nil)
    }

    /// Removes parts of a section; the comments that go along, by the part that they stood above.
    private func remove(
        _ parts: [SectionPart], from section: SectionText, _ edits: inout TextEdits
    ) -> [Range<Int>: String] {
        var comments: [Range<Int>: String] = [:]
        let ranges = Set(parts.map(\.range))
        var seen: Set<Int> = []
        for part in parts where seen.insert(part.index).inserted {
            if ranges.isSuperset(of: part.siblings) {
                let extent = section.extent(of: part.index)
                edits.replace(extent.range, with: extent.rest)
                comments[part.range] = extent.comments
            } else {
                edits.remove(ranges.intersection(part.siblings), from: part.siblings)
            }
        }
        return comments
    }

    /// Writes what leaves the transaction where it stood, in a section that has none, or then has none.
    func replace(_ direction: Direction, _ mode: Mode?, _ edits: inout TextEdits) {
        let leaving = outside(direction).map { (fixes[$0].part, fixes[$0].outside ?? []) }
        replace(leaving, &edits)
        if mode == .converted { open(up, &edits) }
    }

    func replaceDown(_ mode: Mode?, _ converts: Bool, _ edits: inout TextEdits) {
        let moved = mode == .moved ? Set(outside(.up).compactMap { fixes[$0].partner?.range }) : []
        var leaving = outside(.down).map { (fixes[$0].part, fixes[$0].outside ?? []) }
            .filter { !moved.contains($0.0.range) }
        if converts, mode == .converted {
            let own = Set(leaving.map(\.0.range))
            for number in outside(.up) {
                guard let partner = fixes[number].partner, !own.contains(partner.range) else {
                    continue
                }
                leaving.append((partner, fixes[number].undo))
            }
        }
        replace(leaving, &edits)
        if converts, let down { open(down, &edits) }
    }

    private func replace(_ leaving: [(SectionPart, [String])], _ edits: inout TextEdits) {
        let ranges = Set(leaving.map(\.0.range))
        for (statement, parts) in Dictionary(grouping: leaving, by: \.0.statement) {
            let text = parts.flatMap(\.1).joined(separator: ";\n")
            let siblings = parts[0].0.siblings
            if ranges.isSuperset(of: siblings) {
                edits.replace(statement, with: text)
            } else {
                edits.remove(ranges.intersection(siblings), from: siblings)
                edits.insert(";\n\(text)", at: statement.upperBound)
            }
        }
    }

    private func open(_ section: SectionText, _ edits: inout TextEdits) {
        edits.insert("-- apus: no-transaction\n", at: section.script.section.lowerBound)
    }
}
