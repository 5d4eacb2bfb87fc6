public import ApusCore

extension Migrator {
    /// How far every data migration has come, in the order of their beginning, those that are done as
    /// well.
    public func dataProgress() async throws(Diagnostics) -> [DataMigrationProgress] {
        try await withLook { (session) throws(Diagnostics) in
            try await asking { () async throws(DatabaseError) in
                try await session.dataMigrations()
            }
        }
    }

    /// The migrations that the history has.
    public func appliedMigrations() async throws(Diagnostics) -> Set<MigrationID> {
        try await withLook { (session) throws(Diagnostics) in
            try await asking { () async throws(DatabaseError) in
                Set(try await session.history(withTexts: false).applied.map(\.id))
            }
        }
    }

    /// Pauses, resumes or cancels a data migration, whichever process works on it: it ends behind the
    /// batch that goes on.
    ///
    /// Throws `migration-unknown` where there is none of that id, `data-stopped` where it is done.
    @discardableResult
    public func change(
        _ migration: MigrationID, _ change: DataMigrationChange
    ) async throws(Diagnostics) -> [DataMigrationProgress] {
        let (before, after) = try await withSession { (session) throws(Diagnostics) in
            try await asking { () async throws(DatabaseError) in
                (try await session.dataMigrations(), try await session.change(migration, change))
            }
        }
        guard !after.isEmpty else {
            let names = Set(before.map(\.migration.description)).sorted()
            throw Diagnostics([
                Diagnostic(
                    .migrationUnknown, "there is no data migration \(migration)",
                    hint: Suggestion.nearest(to: migration.description, in: names).map {
                        "did you mean \($0)?"
                    }, help: ["apus data list"])
            ])
        }
        guard after.contains(where: { $0.state != .done }) else {
            throw Diagnostics([
                Diagnostic(
                    .dataStopped, "\(migration.title) is done already", help: ["apus data list"])
            ])
        }
        return after
    }

    /// Takes a step, with its batches where its up section has some.
    func perform(
        _ step: Step, in run: RunID, over session: any DatabaseSession,
        report: @escaping @Sendable (StepEvent) -> Void
    ) async throws(DatabaseError) -> StepOutcome {
        guard step.action == .run else {
            return try await session.perform(
                step, in: run, options: options.step, report: report)
        }
        if step.direction == .up, let data = DataScript(step.script, of: step.source) {
            return try await DataStep(
                data, of: step, in: session, run: run, options.step, dataMigrations,
                report: report
            ).perform()
        }
        if step.stopsBatches {
            // Whoever works on its batches ends behind the one that goes on.
            _ = try await session.change(step.id, .cancel)
        }
        return try await session.perform(step, in: run, options: options.step, report: report)
    }
}
