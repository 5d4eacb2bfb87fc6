import ApusCore
import Synchronization
import SystemPackage

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Migration files as they were parsed before, for whoever looks again and again.
///
/// Only for looking: what is about to run is read anew. A file counts as unchanged where everything
/// that its file system says of it is: device, inode, size, the times of its last writing and of its
/// last change. A time is no proof while it is so young that another writing could bear the same one,
/// so what was written a moment ago is not kept.
public final class ParsedFiles: Sendable {
    private struct Entry {
        var identity: Identity
        var migration: Migration
    }

    private let entries = Mutex<[FilePath: Entry]>([:])
    /// Larger files are parsed each time, and their bytes not kept.
    private static let mostBytes = 1 << 20
    private let settledFor: Duration

    /// - Parameter settledFor: How long a file must have been as it is before it is kept: longer than
    ///   any file system's times are coarse.
    public init(settledFor: Duration = .seconds(3)) {
        self.settledFor = settledFor
    }

    /// The migration in a file, parsed again where the file is not the one that it was.
    func migration(
        _ file: FilePath, parse: () throws(Diagnostics) -> Migration
    ) throws(Diagnostics) -> Migration {
        let identity = Identity(file)
        if let identity, let known = entries.withLock({ $0[file] }), known.identity == identity {
            return known.migration
        }
        let migration = try parse()
        let isKept =
            identity.map {
                $0.size <= Self.mostBytes && $0.isSettled(for: settledFor)
                    && Identity(file) == $0
            } ?? false
        entries.withLock { entries in
            entries[file] =
                isKept ? identity.map { Entry(identity: $0, migration: migration) } : nil
        }
        return migration
    }

    /// Forgets what is not in the folder any more.
    func keep(only files: Set<FilePath>) {
        entries.withLock { entries in
            guard entries.count > files.count else { return }
            entries = entries.filter { files.contains($0.key) }
        }
    }

    /// What the file system says of a file.
    private struct Identity: Equatable {
        var device: UInt64
        var inode: UInt64
        var size: Int64
        /// Nanoseconds since 1970.
        var written: Int64
        var changed: Int64

        /// `nil` where nothing can be told.
        init?(_ file: FilePath) {
            var found = stat()
            guard stat(file.string, &found) == 0 else { return nil }
            device = UInt64(found.st_dev)
            inode = UInt64(found.st_ino)
            size = Int64(found.st_size)
            #if canImport(Darwin)
                (written, changed) = (
                    Self.nanoseconds(found.st_mtimespec), Self.nanoseconds(found.st_ctimespec)
                )
            #else
                (written, changed) = (
                    Self.nanoseconds(found.st_mtim), Self.nanoseconds(found.st_ctim)
                )
            #endif
        }

        /// Whether the file has been as it is for so long, by this machine's clock.
        func isSettled(for time: Duration) -> Bool {
            var now = timespec()
            clock_gettime(CLOCK_REALTIME, &now)
            return Duration.nanoseconds(Self.nanoseconds(now) - max(written, changed)) >= time
        }

        private static func nanoseconds(_ time: timespec) -> Int64 {
            Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
        }
    }
}
