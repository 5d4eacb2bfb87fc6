public import ApusCore

/// What a migrations folder holds, the broken files told from the others.
public struct FolderSurvey: Sendable {
    /// The valid migrations, sorted by id.
    public var migrations: [Migration] = []
    /// The ids of files that are not valid.
    public var invalid: Set<MigrationID> = []
    /// What is wrong with them, in the order of the file names; then what is wrong with the lock.
    public var problems: [Diagnostic] = []
    /// Where the files are not what `migrations.lock` was written for.
    public var lockFindings: [Diagnostic] = []
    /// Of the files' reading, where a cache keeps it.
    var number: Int?

    /// Refuses a plan that would take a text from a file which is not as it was locked.
    ///
    /// For plans that are made beside broken files: what they run of the history was never locked.
    func checkLock(of plan: Plan) throws(Diagnostics) {
        let files = Set(plan.steps.filter { $0.origin == .file }.map(\.source.path))
        let problems = lockFindings.filter { finding in
            finding.location.map { files.contains($0.file) } ?? false
        }
        if !problems.isEmpty { throw Diagnostics(problems) }
    }
}
