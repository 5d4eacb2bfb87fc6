public import ApusCore
import Foundation
public import SystemPackage

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A migration's file that gets other bytes, with the files that take over a part of it.
public struct FileRewrite: Hashable, Sendable {
    public var path: FilePath
    /// As they were read; a file that has changed since is left alone.
    public var old: [UInt8]
    public var bytes: [UInt8]
    public var added: [NewFile]

    public init(_ path: FilePath, from old: [UInt8], to bytes: [UInt8], adding added: [NewFile]) {
        self.path = path
        self.old = old
        self.bytes = bytes
        self.added = added
    }

    /// Writes the new files, then the changed one. Throws `file-exists` or `file-unreadable`, with the
    /// folder as it was.
    public func write() throws(Diagnostics) {
        try check()
        var made: [NewFile] = []
        do throws(Diagnostics) {
            for file in added {
                try file.write()
                made.append(file)
            }
            try replace()
        } catch {
            // They are ours: this call has just created them.
            for file in made { unlink(file.path.string) }
            throw error
        }
    }

    private func check() throws(Diagnostics) {
        if isSymbolicLink(path) {
            throw refusal("\(path) is a link, and is left as it is")
        }
        let now: MigrationSource
        do throws(Diagnostic) {
            now = try SourceReader.read(path)
        } catch {
            throw Diagnostics([error])
        }
        guard now.bytes(0..<now.count) == old else {
            throw refusal("\(path) has changed since it was read, and is left as it is")
        }
    }

    private func replace() throws(Diagnostics) {
        var facts = stat()
        guard stat(path.string, &facts) == 0 else {
            throw refusal("\(path) cannot be read: \(Errno(rawValue: errno).description)")
        }
        do throws(Errno) {
            try DurableFile.replace(
                path, with: bytes,
                permissions: FilePermissions(rawValue: CInterop.Mode(facts.st_mode) & 0o777))
        } catch {
            throw refusal("\(path) cannot be written: \(error.description)")
        }
    }

    private func refusal(_ message: String) -> Diagnostics {
        Diagnostics([Diagnostic(.fileUnreadable, message, help: ["apus lint --fix"])])
    }
}
