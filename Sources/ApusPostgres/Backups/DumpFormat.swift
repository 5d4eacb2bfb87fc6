import ApusCore
import ApusEngine
import SystemPackage

/// What a file or folder is, seen from its own bytes.
enum DumpFormat {
    /// The first bytes of an archive, and of the table of contents of a folder.
    private static let magic = Array("PGDMP".utf8)

    /// Refuses whatever is no archive of `pg_dump`, and an archive in the tar format. A plain script
    /// is a program: psql runs whatever it says, on this machine too (CVE-2025-8714).
    static func check(_ path: FilePath) throws(DatabaseError) {
        let file = path.isFolder ? path.appending("toc.dat") : path
        do {
            let descriptor = try FileDescriptor.open(file, .readOnly)
            defer { _ = try? descriptor.close() }
            var start = [UInt8](repeating: 0, count: magic.count)
            let count = try start.withUnsafeMutableBytes { try descriptor.read(into: $0) }
            if count == magic.count, start == magic { return }
        } catch {
            throw .unreadableBackup(file, error)
        }
        throw DatabaseError(
            .backupFormat,
            "\(path) is no archive of pg_dump in the custom or directory format",
            detail: "a plain script would run whatever it says, here and in the new database",
            help: ["use a backup that apus took: apus backup list"])
    }
}
