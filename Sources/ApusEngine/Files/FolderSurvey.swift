public import ApusCore

/// What a migrations folder holds, the broken files told from the others.
public struct FolderSurvey: Sendable {
    /// The valid migrations, sorted by id.
    public var migrations: [Migration] = []
    /// The ids of files that are not valid.
    public var invalid: Set<MigrationID> = []
    /// What is wrong with them, in the order of the file names.
    public var problems: [Diagnostic] = []
}
