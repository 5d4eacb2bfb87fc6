import ApusCore
import ApusEngine

/// What `data pause`, `resume` and `cancel` have in common.
struct DataStateChange {
    /// As it was given: an id, or `VERSION/NAME`.
    let id: String
    let change: DataMigrationChange
    /// What it is then: `paused`.
    let done: String

    func perform(in project: Project) async throws(Diagnostics) -> ExitStatus {
        let migrator = try project.migrator()
        let change = change
        let (id, after) = try await project.announcing(migrator) {
            (migrator) throws(Diagnostics) in
            let id = try await self.migration(migrator)
            return (id, try await migrator.change(id, change))
        }
        let console = project.console
        if console.isJSON {
            console.document(
                JSONDocument("data", DataBody(after, migrator.driver.target)).text)
            return .success
        }
        console.answer("\(id.title) is \(done).")
        DataText(console: console).list(after)
        return .success
    }

    private func migration(_ migrator: Migrator) async throws(Diagnostics) -> MigrationID {
        let ids = Set(try await migrator.dataProgress().map(\.migration)).sorted()
        let names = ids.flatMap { [$0.description, $0.reference] }
        if let found = ids.first(where: { [$0.description, $0.reference].contains(id) }) {
            return found
        }
        throw Diagnostics([
            Diagnostic(
                .migrationUnknown, "there is no data migration \(id)",
                hint: Suggestion.nearest(to: id, in: names).map { "did you mean \($0)?" },
                help: ["apus data list"])
        ])
    }
}
