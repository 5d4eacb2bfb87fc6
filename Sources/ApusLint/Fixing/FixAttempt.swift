import ApusCore

/// A finding, and what its rule proposes.
struct FixProposal: Sendable {
    var finding: Finding
    var fix: Result<Fix, FixRefusal>
}

/// Rewrites one migration of a folder, and looks at what came of it.
struct FixAttempt {
    private let migration: Migration
    private let proposals: [FixProposal]
    private let taken: Set<MigrationID>
    private let lint: Lint
    /// The folder's migrations; behind a rewrite that succeeded, with it.
    private(set) var folder: [Migration]
    private(set) var unfixed: [LintFixes.Unfixed] = []

    init(
        _ migration: Migration, _ proposals: [FixProposal], in folder: [Migration],
        taken: Set<MigrationID>, lint: Lint
    ) {
        self.migration = migration
        self.proposals = proposals
        self.folder = folder
        self.taken = taken
        self.lint = lint
    }

    mutating func refuseAll(_ refusal: FixRefusal) {
        unfixed = proposals.map { LintFixes.Unfixed(finding: $0.finding, reason: refusal.reason) }
    }

    mutating func run() -> LintFixes.Rewrite? {
        var (fixes, findings): ([Fix], [Finding]) = ([], [])
        for proposal in proposals {
            switch proposal.fix {
            case .success(let fix):
                fixes.append(fix)
                findings.append(proposal.finding)
            case .failure(let refusal): refuse(proposal.finding, refusal)
            }
        }
        var fixing = MigrationFixing(migration, fixes)
        let fixed = fixing.run()
        for (number, refusal) in fixing.refusals.sorted(by: { $0.key < $1.key }) {
            refuse(findings[number], refusal)
        }
        guard let fixed else { return nil }
        let kept = findings.indices.filter { fixing.refusals[$0] == nil }.map { findings[$0] }
        do throws(FixRefusal) {
            return try rewrite(fixed, kept)
        } catch {
            for finding in kept { refuse(finding, error) }
            return nil
        }
    }

    private mutating func refuse(_ finding: Finding, _ refusal: FixRefusal) {
        unfixed.append(LintFixes.Unfixed(finding: finding, reason: refusal.reason))
    }

    private mutating func rewrite(
        _ fixed: FixedMigration, _ findings: [Finding]
    ) throws(FixRefusal) -> LintFixes.Rewrite {
        if !fixed.added.isEmpty { try requireNoDependants() }
        let ids = try ids(of: fixed.added)
        var files = [LintFixes.File(id: migration.id, bytes: fixed.bytes)]
        var previous = migration.id
        for (id, added) in zip(ids, fixed.added) {
            let text = added.text(of: id, behind: previous, from: migration)
            files.append(LintFixes.File(id: id, bytes: Array(text.utf8)))
            previous = id
        }
        var parsed: [Migration] = []
        for file in files { parsed.append(try parse(file)) }
        let new = (folder.filter { $0.id != migration.id } + parsed).sorted { $0.id < $1.id }
        try requireSilence(new, Set(files.map(\.id)), findings)
        folder = new
        return LintFixes.Rewrite(
            migration: migration, file: files[0], added: Array(files.dropFirst()), fixed: findings)
    }

    // MARK: The new migrations' place

    /// A migration that waits for this one by name would no longer wait for all of it.
    private func requireNoDependants() throws(FixRefusal) {
        for other in folder {
            guard case .declared(let references) = other.dependencies,
                references.contains(where: { $0.matches(migration.id) })
            else { continue }
            throw FixRefusal(
                "\(other.id.title) depends on it by name, and would not wait for what is split from it"
            )
        }
    }

    /// Ids directly behind the migration, before whatever follows it.
    private func ids(of added: [AddedMigration]) throws(FixRefusal) -> [MigrationID] {
        let all = taken.union(folder.map(\.id))
        let next = all.filter { $0 > migration.id }.min()
        var ids: [MigrationID] = []
        for (number, added) in added.enumerated() {
            guard let timestamp = migration.id.timestamp(secondsLater: number + 1),
                let id = MigrationID(
                    timestamp: timestamp, version: migration.id.version,
                    name: "\(migration.id.name)_\(added.suffix)")
            else {
                throw FixRefusal("there is no id for a migration directly behind it")
            }
            if let next, id >= next {
                throw FixRefusal(
                    "\(next.title) follows so closely that no migration fits in between: give it a later timestamp"
                )
            }
            if let same = all.first(where: { $0.reference == id.reference }) {
                throw FixRefusal("there is a migration \(same.title) already")
            }
            ids.append(id)
        }
        return ids
    }

    // MARK: What came of it

    private func parse(_ file: LintFixes.File) throws(FixRefusal) -> Migration {
        let path = migration.source.path
        let folder = path.lastIndex(of: "/").map { path[...$0] } ?? ""
        do throws(Diagnostics) {
            return try MigrationParser(dialect: migration.up.dialect).parse(
                source: MigrationSource(path: "\(folder)\(file.id.fileName)", bytes: file.bytes),
                fileName: file.id.fileName)
        } catch {
            throw FixRefusal(
                "the rewritten \(file.id.title) would not be valid: \(error.all[0].message)")
        }
    }

    /// Each rule objects as often as before, less what was fixed.
    private func requireSilence(
        _ new: [Migration], _ ids: Set<MigrationID>, _ fixed: [Finding]
    ) throws(FixRefusal) {
        var lint = lint
        lint.selection = [migration.id]
        var allowed = Self.counts(lint.report(on: folder).findings)
        for finding in fixed { allowed[finding.rule, default: 0] -= 1 }
        lint.selection = ids
        for (rule, count) in Self.counts(lint.report(on: new).findings)
        where count > allowed[rule, default: 0] {
            throw FixRefusal("\(rule) would object to what would be written instead")
        }
    }

    private static func counts(_ findings: [Finding]) -> [String: Int] {
        findings.reduce(into: [:]) { counts, finding in
            if finding.severity != .notice { counts[finding.rule, default: 0] += 1 }
        }
    }
}

extension MigrationID {
    /// A timestamp some seconds later; `nil` on the next day.
    fileprivate func timestamp(secondsLater seconds: Int) -> String? {
        let digits = Array(timestamp)
        func number(_ range: Range<Int>) -> Int { Int(String(digits[range])) ?? 0 }
        let all = number(9..<11) * 3600 + number(11..<13) * 60 + number(13..<15) + seconds
        guard all < 24 * 3600 else { return nil }
        let parts = [all / 3600, all / 60 % 60, all % 60].map { $0 < 10 ? "0\($0)" : "\($0)" }
        return String(digits[..<9]) + parts.joined()
    }
}
