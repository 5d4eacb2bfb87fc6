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

/// What was seen before, for whoever looks again and again: the parsed files, and the state that came
/// out of them and the history. Also the session that it was seen over, for a few seconds.
///
/// Only for looking: what is about to run is read anew. A file counts as unchanged where everything
/// that its file system says of it is: device, inode, size, the times of its last writing and of its
/// last change. A time is no proof while it is so young that another writing could bear the same one,
/// so what was written a moment ago is not kept.
public final class LookCache: Sendable {
    private struct File {
        var identity: Identity
        var migration: Migration
    }

    /// A folder in which every file was known.
    private struct Folder {
        var path: FilePath
        var names: [String]
        var identities: [Identity]
        var survey: FolderSurvey
    }

    /// What a state was made from, besides the server's facts.
    struct Ingredients: Equatable {
        var survey: Int
        var lockFindings: [Diagnostic]
        var history: History
        var catalogue: Catalogue
        var application: SemanticVersion?
    }

    private struct Content {
        var files: [FilePath: File] = [:]
        var folder: Folder?
        var surveys = 0
        var state: (from: Ingredients, state: DatabaseState)?
    }

    private let content = Mutex(Content())
    let session = LookSession()
    private let settledFor: Duration
    /// Larger files are parsed each time, and their bytes not kept.
    private static let mostBytes = 1 << 20

    /// - Parameter settledFor: How long a file must have been as it is before it is kept: longer than
    ///   any file system's times are coarse.
    public init(settledFor: Duration = .seconds(3)) {
        self.settledFor = settledFor
    }

    /// Closes the session that may still be open.
    public func closeSession() async { await session.close() }

    /// The survey of a folder with these files: the last one where every file is as it was then.
    func survey(of path: FilePath, named names: [String], read: () -> FolderSurvey) -> FolderSurvey
    {
        if let known = content.withLock({ $0.folder }), known.path == path, known.names == names,
            Identity.all(names, in: path) == known.identities
        {
            return known.survey
        }
        var survey = read()
        return content.withLock { content in
            let files = names.map { path.appending($0) }
            if content.files.count > files.count {
                let there = Set(files)
                content.files = content.files.filter { there.contains($0.key) }
            }
            content.folder = nil
            let identities = files.compactMap { content.files[$0]?.identity }
            guard survey.problems.isEmpty, identities.count == files.count else { return survey }
            content.surveys += 1
            survey.number = content.surveys
            content.folder = Folder(
                path: path, names: names, identities: identities, survey: survey)
            return survey
        }
    }

    /// The migration in a file, parsed again where the file is not the one that it was.
    func migration(
        _ file: FilePath, parse: () throws(Diagnostics) -> Migration
    ) throws(Diagnostics) -> Migration {
        let identity = Identity(file)
        if let identity, let known = content.withLock({ $0.files[file] }),
            known.identity == identity
        {
            return known.migration
        }
        let migration = try parse()
        var isKept = false
        if let identity, identity.size <= Self.mostBytes, identity.isSettled(for: settledFor) {
            isKept = Identity(file) == identity
        }
        content.withLock { content in
            content.files[file] =
                isKept ? identity.map { File(identity: $0, migration: migration) } : nil
        }
        return migration
    }

    /// The state that was made of the same things before.
    func state(from ingredients: Ingredients) -> DatabaseState? {
        content.withLock { content in
            content.state.flatMap { $0.from == ingredients ? $0.state : nil }
        }
    }

    func keep(_ state: DatabaseState, from ingredients: Ingredients) {
        content.withLock { $0.state = (ingredients, state) }
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
            self.init(found)
        }

        /// Those of several files; fewer where nothing can be told of one.
        static func all(_ names: [String], in path: FilePath) -> [Identity] {
            let folder = open(path.string, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
            guard folder >= 0 else { return [] }
            defer { close(folder) }
            var found = stat()
            return names.compactMap { fstatat(folder, $0, &found, 0) == 0 ? Identity(found) : nil }
        }

        private init(_ found: stat) {
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
