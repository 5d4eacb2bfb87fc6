import ApusCore

/// The registry, and whether the files agree with it.
extension Examination {
    var registry: [Finding] {
        switch seen.history {
        case nil: return []
        case .failure(let error)?: return [Finding(.registry, error.diagnostic)]
        case .success(let history)?:
            switch history.registry {
            case .absent(userTables: 0):
                return [Finding(.registry, .good, "none yet: the first run makes it")]
            case .absent(let tables):
                return [
                    Finding(
                        .registry, .error,
                        "the database has \(tables) \(tables == 1 ? "table" : "tables") and no history",
                        help: [
                            "if the tables are what migrations up to V make: apus baseline V",
                            "to write them down as the first migration: apus create-initial",
                        ], code: .tablesWithoutHistory)
                ]
            case .present(let version):
                let damage = strayRows + strangers + contradictions + wrongTexts(history)
                guard damage.isEmpty else { return damage }
                let count = history.applied.count
                return [
                    Finding(
                        .registry, .good,
                        "version \(version), \(count) migration\(count == 1 ? "" : "s") applied, all rows consistent"
                    )
                ]
            }
        }
    }

    private var strangers: [Finding] {
        guard let strangers = health?.strangers, !strangers.isEmpty else { return [] }
        return [
            Finding(
                .registry, .warning, "the schema of the history holds what is not Apus's",
                details: strangers.map { "\($0.kind) \($0.name)" }
                    + ["neither verify nor schema diff looks there"],
                help: strangers.prefix(3).map {
                    "move it: ALTER \($0.kind.uppercased()) \($0.name) SET SCHEMA public;"
                })
        ]
    }

    private var contradictions: [Finding] {
        switch seen.contradictions {
        case nil: []
        case .failure(let error)?: [Finding(.registry, error.diagnostic)]
        case .success(let found)?: found.map { Finding(.registry, $0.diagnostic) }
        }
    }

    private var strayRows: [Finding] {
        guard let stray = health?.strayRows, !stray.isEmpty else { return [] }
        return [
            Finding(
                .registry, .warning, "rows of the registry name runs that are not there",
                details: stray,
                help: ["see what a backup says: apus backup list"])
        ]
    }

    /// A text that is not what its checksum says would be run by a rollback.
    private func wrongTexts(_ history: History) -> [Finding] {
        history.applied.compactMap { row in
            guard case .whole(let bytes)? = row.text,
                bytes.withUnsafeBytes({ Checksum(normalising: $0) }) != row.checksum
            else { return nil }
            return Finding(
                .registry, .error,
                "the text that the history keeps of \(row.id.title) is not what its checksum says",
                details: ["a rollback would run it"],
                help: [
                    "let the history take the file's text, where the file is right: apus repair accept \(row.id.reference)",
                    "or see what a backup says: apus backup list",
                ], code: .registryForeign)
        }
    }

    var migrations: [Finding] {
        let survey: FolderSurvey
        switch seen.survey {
        case .failure(let problems): return problems.all.map { Finding(.migrations, $0) }
        case .success(let found): survey = found
        }
        var found = (survey.problems + survey.lockFindings).map { Finding(.migrations, $0) }
        guard let history, case .present = history.registry else {
            let count = survey.migrations.count
            return found.isEmpty
                ? [Finding(.migrations, .good, "\(counted(count)) in \(seen.folder)")] : found
        }
        found += Drift.findings(
            migrations: survey.migrations, history: history, unreadable: survey.invalid
        ).map { Finding(.migrations, $0) }
        found += (history.halfUndone + history.halfApplied).map(unfinished)
        let applied = Set(history.applied.map(\.id))
        let pending = survey.migrations.map(\.id).filter { !applied.contains($0) }
        if !pending.isEmpty {
            found.append(
                Finding(
                    .migrations, .notice,
                    "\(counted(pending.count)) pending: "
                        + pending.prefix(3).map(\.title).joined(separator: ", ")
                        + (pending.count > 3 ? ", …" : ""),
                    help: ["apus plan"]))
        }
        switch seen.schema {
        case nil, .success(nil)?: break
        case .success(let compared?)?:
            found += compared.findings.map { Finding(.migrations, $0) }
        case .failure(let error)?: found.append(Finding(.migrations, error.diagnostic))
        }
        return found.isEmpty
            ? [
                Finding(
                    .migrations, .good,
                    "\(counted(survey.migrations.count)) in \(seen.folder), all applied, no drift")
            ] : found
    }

    private func unfinished(_ step: UnfinishedStep) -> Finding {
        Finding(
            .migrations, .error,
            "\(step.direction == .up ? "" : "the rollback of ")\(step.id.title) stopped after statement \(step.statementsDone) of \(step.statementCount)",
            details: ["run: apus runs show \(step.run)"],
            help: [
                "finish it: apus repair resume",
                "or, where it is finished by hand: apus repair mark-\(step.direction == .up ? "applied" : "reverted") \(step.id.reference)",
            ], code: .partialState)
    }

    private func counted(_ count: Int) -> String { "\(count) migration\(count == 1 ? "" : "s")" }
}
