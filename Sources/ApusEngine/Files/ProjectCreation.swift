public import ApusCore
import Foundation
public import SystemPackage

/// What `init` found and made.
public struct ProjectCreation: Hashable, Sendable {
    public var created: [FilePath]
    /// What was there already, and was left as it is.
    public var present: [FilePath]

    /// Whether the configuration is new.
    public var madeConfiguration: Bool {
        created.contains { $0.lastComponent?.string == ProjectTemplate.configurationName }
    }

    /// Makes what is missing of a template in a folder; touches nothing that is there.
    ///
    /// - Parameter folders: The migrations folders of a configuration that is there already, instead
    ///   of the template's.
    public static func make(
        _ template: ProjectTemplate, in folder: FilePath, folders: [MigrationFolder]? = nil
    ) throws(Diagnostics) -> ProjectCreation {
        var result = ProjectCreation(created: [], present: [])
        for file in template.files(in: folder) {
            if FileManager.default.fileExists(atPath: file.path.string) {
                result.present.append(file.path)
            } else {
                try file.write()
                result.created.append(file.path)
            }
        }
        for migrations in folders ?? template.folders(in: folder) {
            if migrations.exists {
                result.present.append(migrations.path)
            } else {
                try migrations.make()
                result.created.append(migrations.path)
            }
        }
        return result
    }
}
