import ApusCore
import ApusEngine
import Foundation
import Synchronization
import SystemPackage

import struct ApusEngine.DatabaseError

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The folder of a private server, below that for temporary files: `apus-rehearsal-1f2e3d4c5b6a`.
///
/// The owner holds a lock on the folder itself, which the kernel frees with the process, and which
/// nobody else can hold for longer than a look.
final class PrivateServerFolder: Sendable {
    let path: FilePath
    private let descriptor: CInt

    private static let prefix = "apus-rehearsal-"
    var data: FilePath { path.appending("data") }

    private init(path: FilePath, descriptor: CInt) {
        self.path = path
        self.descriptor = descriptor
    }

    /// Where such folders lie. A socket's path has room for about a hundred bytes.
    private static var parent: FilePath {
        let usual = NSTemporaryDirectory()
        return FilePath(usual.utf8.count > 60 ? "/tmp" : usual)
    }

    static func make(
        _ mark: RehearsalMark, for account: Program.Account?
    ) throws(DatabaseError) -> PrivateServerFolder {
        let path = parent.appending(prefix + mark.id)
        guard mkdir(path.string, 0o700) == 0 else { throw failure(path) }
        // Whoever clears away may have taken it in between: then it is theirs.
        let descriptor = open(path.string, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure(path) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0, isInPlace(descriptor, path) else {
            close(descriptor)
            throw DatabaseError(.lockBusy, "another process took \(path)")
        }
        if let account, fchown(descriptor, account.user, account.group) != 0 {
            let error = failure(path)
            close(descriptor)
            rmdir(path.string)
            throw error
        }
        return PrivateServerFolder(path: path, descriptor: descriptor)
    }

    private static func failure(_ path: FilePath) -> DatabaseError {
        DatabaseError(.privateServerFailed, "\(path) cannot be made: \(Errno(rawValue: errno))")
    }

    private static func isInPlace(_ descriptor: CInt, _ path: FilePath) -> Bool {
        var (ours, there) = (stat(), stat())
        return fstat(descriptor, &ours) == 0 && lstat(path.string, &there) == 0
            && ours.st_ino == there.st_ino && ours.st_dev == there.st_dev
    }

    /// The server's first process, as it says itself. Only while it listens is that true.
    var postmaster: pid_t? {
        guard
            let text = FileManager.default.contents(atPath: data.appending("postmaster.pid").string)
        else { return nil }
        return String(decoding: text, as: UTF8.self).split(separator: "\n").first
            .flatMap { pid_t($0) }
    }

    /// Removes it with all that is in it. A process that ends may still be at its files for a moment.
    func remove() async throws(DatabaseError) {
        defer { close(descriptor) }
        var reason = ""
        for _ in 0..<100 {
            do {
                try FileManager.default.removeItem(atPath: path.string)
                return
            } catch {
                reason = error.localizedDescription
            }
            if access(path.string, F_OK) != 0 { return }
            try? await Task.sleep(for: .milliseconds(50))
        }
        throw DatabaseError(
            .privateServerFailed, "\(path) cannot be removed: \(reason)",
            help: ["rm -r \(path.string.shellWord)"])
    }

    // MARK: What dead rehearsals left

    /// Removes the folders of dead rehearsals, and ends a server that has outlived its owner; their
    /// names.
    static func clear() async throws(DatabaseError) -> [String] {
        var cleared: [String] = []
        for name in FileFacts.names(in: parent) where isName(name) {
            let path = parent.appending(name)
            guard isOurs(path) else { continue }
            let descriptor = open(path.string, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW)
            guard descriptor >= 0 else { continue }
            let folder = PrivateServerFolder(path: path, descriptor: descriptor)
            guard flock(descriptor, LOCK_EX | LOCK_NB) == 0, isInPlace(descriptor, path) else {
                close(descriptor)
                continue
            }
            guard await folder.endServer() else {
                close(descriptor)
                continue
            }
            try await folder.remove()
            cleared.append(name)
        }
        return cleared
    }

    private static func isName(_ name: String) -> Bool {
        name.hasPrefix(prefix) && name.utf8.count == prefix.utf8.count + 12
            && name.dropFirst(prefix.count).allSatisfy { $0.isHexDigit && !$0.isUppercase }
    }

    /// A folder for its owner alone, who is this user, or whom this user made it for.
    private static func isOurs(_ path: FilePath) -> Bool {
        var facts = stat()
        guard lstat(path.string, &facts) == 0, facts.st_mode & S_IFMT == S_IFDIR,
            facts.st_mode & 0o077 == 0
        else { return false }
        return facts.st_uid == geteuid()
            || geteuid() == 0 && PrivateServer.accounts.contains { $0.user == facts.st_uid }
    }

    /// Whether no server listens there any more.
    private func endServer() async -> Bool {
        for attempt in 0..<100 {
            guard isListening else { return true }
            // Its guardian has told it to end; while it listens, the number in its file is its own.
            if attempt == 20, let postmaster { kill(postmaster, SIGQUIT) }
            try? await Task.sleep(for: .milliseconds(100))
        }
        return false
    }

    private var isListening: Bool {
        let socketPath = path.appending(".s.PGSQL.5432").string
        let descriptor = socket(AF_UNIX, Self.streamType, 0)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let fits = withUnsafeMutableBytes(of: &address.sun_path) { buffer in
            let bytes = Array(socketPath.utf8)
            guard bytes.count < buffer.count else { return false }
            buffer.copyBytes(from: bytes)
            return true
        }
        guard fits else { return false }
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
            }
        }
    }

    #if canImport(Glibc)
        private static let streamType = CInt(SOCK_STREAM.rawValue)
    #else
        private static let streamType = SOCK_STREAM
    #endif
}
