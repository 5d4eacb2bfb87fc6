public import ApusCore
public import SystemPackage

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A file that a command makes: it never replaces one that is there.
public struct NewFile: Hashable, Sendable {
    public var path: FilePath
    public var bytes: [UInt8]

    public init(_ path: FilePath, bytes: [UInt8]) {
        self.path = path
        self.bytes = bytes
    }

    public init(_ path: FilePath, text: String) {
        self.init(path, bytes: Array(text.utf8))
    }

    /// Writes the file. Throws `file-exists`, or `file-unreadable` where it cannot be made.
    ///
    /// A file that could not be written in full is removed again.
    public func write() throws(Diagnostics) {
        do {
            let file = try FileDescriptor.open(
                path, .writeOnly, options: [.create, .exclusiveCreate],
                permissions: [.ownerReadWrite, .groupRead, .otherRead])
            do {
                _ = try file.writeAll(bytes)
                try file.close()
            } catch {
                // It is ours: this call has just created it.
                unlink(path.string)
                throw error
            }
        } catch let error as Errno where error == .fileExists {
            throw Diagnostics([
                Diagnostic(.fileExists, "\(path) is there already, and is left as it is")
            ])
        } catch {
            let reason = (error as? Errno)?.description ?? "\(error)"
            throw Diagnostics([Diagnostic(.fileUnreadable, "\(path) cannot be written: \(reason)")])
        }
    }
}
