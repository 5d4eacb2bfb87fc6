public import ApusCore
import SystemPackage

/// A new migration: the same id in each engine's folder, from the template.
public struct MigrationCreation: Hashable, Sendable {
    public var id: MigrationID
    public var files: [NewFile]
    /// Said beside the success.
    public var warnings: [Diagnostic]
    /// Whether a folder is locked, so that the new file has to be added to the lock once it is written.
    public var needsLock: Bool

    /// Decides what would be written. Reads only the names of the files that are there.
    ///
    /// Of several folders those that do not exist are passed over: their engine is not in use.
    ///
    /// - Parameters:
    ///   - command: What somebody typed, to be repeated where it is refused.
    ///   - text: What a file is to hold; the template where nothing else is given.
    public static func decide(
        _ version: SemanticVersion, name: String, in folders: [MigrationFolder],
        now: Timestamp, allowsOutOfOrder: Bool, command: String? = nil,
        text: (MigrationID, DatabaseEngine) -> String = MigrationTemplate.text
    ) throws(Diagnostics) -> MigrationCreation {
        let present = folders.filter(\.exists)
        let targets = present.isEmpty ? folders : present
        var existing: Set<MigrationID> = []
        for folder in targets { existing.formUnion(try folder.ids()) }
        do throws(Diagnostic) {
            let new = try NewMigration.decide(
                version, name: name, timestamp: now.idText, existing: existing,
                allowsOutOfOrder: allowsOutOfOrder, command: command)
            return MigrationCreation(
                id: new.id,
                files: targets.map { folder in
                    NewFile(
                        folder.path.appending(new.id.fileName),
                        text: text(new.id, folder.dialect))
                },
                warnings: new.warning.map { [$0] } ?? [],
                needsLock: targets.contains(where: \.hasLock))
        } catch {
            throw Diagnostics([error])
        }
    }

    /// Writes the files.
    public func write() throws(Diagnostics) {
        for file in files { try file.write() }
    }
}
