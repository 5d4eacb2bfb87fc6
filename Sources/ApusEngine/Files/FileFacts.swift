import Foundation
package import SystemPackage

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// What can be said of a file without opening it.
package enum FileFacts {
    package static func isFolder(_ path: FilePath) -> Bool {
        var facts = stat()
        return stat(path.string, &facts) == 0 && facts.st_mode & S_IFMT == S_IFDIR
    }

    /// Why this process can make no file in a folder; `nil` where it can.
    static func obstacle(toWritingIn folder: FilePath) -> String? {
        guard isFolder(folder) else { return "it is no folder" }
        return access(folder.string, W_OK | X_OK) == 0 ? nil : Errno(rawValue: errno).description
    }

    /// Whether somebody else than its owner may read, change or enter it, by its own mode alone. False
    /// where there is nothing.
    static func isOpenToOthers(_ path: FilePath) -> Bool {
        var facts = stat()
        return stat(path.string, &facts) == 0 && facts.st_mode & 0o077 != 0
    }

    /// In bytes; 0 where there is nothing.
    package static func size(of path: FilePath) -> Int64 {
        var facts = stat()
        return stat(path.string, &facts) == 0 ? Int64(facts.st_size) : 0
    }

    /// The names in a folder, sorted by their bytes; none where it cannot be read.
    package static func names(in folder: FilePath) -> [String] {
        let path = folder.isEmpty ? "." : folder.string
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }
}

extension FilePath {
    package var isFolder: Bool { FileFacts.isFolder(self) }

    /// Relative to the current folder no more.
    package var absolute: FilePath {
        isAbsolute ? self : FilePath(FileManager.default.currentDirectoryPath).pushing(self)
    }
}
