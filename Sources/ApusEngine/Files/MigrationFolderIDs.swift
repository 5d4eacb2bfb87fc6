public import ApusCore
import Foundation
import SystemPackage

extension MigrationFolder {
    /// The ids that the names of the files carry, sorted; files of another name are passed over.
    ///
    /// Reads no file: cheap enough for completing a word on the command line.
    public func ids() throws(Diagnostics) -> [MigrationID] {
        try fileNames().compactMap { MigrationID(String($0.dropLast(4))) }.sorted()
    }

    /// Whether the folder is there.
    public var exists: Bool {
        var isFolder: ObjCBool = false
        return FileManager.default.fileExists(atPath: path.string, isDirectory: &isFolder)
            && isFolder.boolValue
    }

    /// Makes the folder where it is missing. Throws `folder-not-found` where that fails.
    func make() throws(Diagnostics) {
        do {
            try FileManager.default.createDirectory(
                atPath: path.string, withIntermediateDirectories: true)
        } catch {
            throw Diagnostics([
                Diagnostic(
                    .folderNotFound, "the migrations folder \(path) cannot be made",
                    details: [error.localizedDescription])
            ])
        }
    }
}
