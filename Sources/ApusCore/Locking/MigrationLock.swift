/// What `migrations.lock` says: the files of a migrations folder as somebody has reviewed them.
///
/// One line a migration, in the order of ids. Each line's hash covers the line before it as well, so
/// that two branches which both add a migration conflict, and a line that was edited by hand shows
/// (FORMATS.md, "The lock file").
public struct MigrationLock: Hashable, Sendable {
    public static let fileName = "migrations.lock"
    /// The first line: the kind of file and the version of its format.
    static let header = "apus-lock 1"

    public struct Entry: Hashable, Sendable {
        public var id: MigrationID
        /// The file's name as the lock writes it.
        public var name: String
        public var hash: Checksum
        /// Where it stands in the lock file, from 1.
        public var line: Int
    }

    public var entries: [Entry]

    init(entries: [Entry]) {
        self.entries = entries
    }

    /// Locks migrations as they are now.
    public init(_ migrations: [Migration]) {
        var previous = Self.header
        entries = migrations.sorted { $0.id < $1.id }.enumerated().map { index, migration in
            let name = migration.id.fileName
            let hash = Self.hash(after: previous, name, migration.checksum)
            previous = hash.hex
            return Entry(
                id: migration.id, name: name, hash: hash, line: Self.preamble.count + index + 1)
        }
    }

    /// The hash of a line: it covers what stands before it, the file's name and the file's checksum.
    static func hash(after previous: String, _ name: String, _ checksum: Checksum) -> Checksum {
        Checksum(of: "\(previous)\n\(name)\n\(checksum.hex)\n")
    }

    /// The whole file, every line ended by LF.
    public var text: String {
        (Self.preamble + entries.map { "\($0.hash.hex)  \($0.name)" }).map { $0 + "\n" }.joined()
    }

    private static let preamble = [
        header,
        "# The migrations of this folder as they were reviewed. Written by `apus lock`, checked by every run.",
        "# After a merge conflict: keep the files of both sides, look at them, and run `apus lock`.",
    ]
}

extension MigrationLock {
    /// What locking anew would change.
    public struct Changes: Hashable, Sendable {
        public var added: [MigrationID]
        public var changed: [MigrationID]
        public var removed: [MigrationID]
        /// Listed in another order. Then nobody can tell what was changed besides.
        public var reordered: [MigrationID]

        public init(
            added: [MigrationID] = [], changed: [MigrationID] = [], removed: [MigrationID] = [],
            reordered: [MigrationID] = []
        ) {
            self.added = added
            self.changed = changed
            self.removed = removed
            self.reordered = reordered
        }
    }

    /// What differs between this lock and the migrations as they are now.
    public func changes(to migrations: [Migration]) -> Changes {
        let locked = Set(entries.map(\.id))
        let present = Set(migrations.map(\.id))
        return Changes(
            added: migrations.map(\.id).filter { !locked.contains($0) }.sorted(),
            changed: changed(among: migrations).map(\.id),
            removed: entries.map(\.id).filter { !present.contains($0) },
            reordered: entries.map(\.id).filter { misplaced[$0] != nil })
    }

    /// The entries whose file is there and is not the one that was locked. Each is judged by what the
    /// lock says of the line before it, so that one edited file is one finding. Where lines have
    /// changed places, their hashes say nothing of the files.
    func changed(among migrations: [Migration]) -> [Entry] {
        guard misplaced.isEmpty else { return [] }
        let files = Dictionary(uniqueKeysWithValues: migrations.map { ($0.id, $0.checksum) })
        var previous = Self.header
        return entries.filter { entry in
            defer { previous = entry.hash.hex }
            guard let checksum = files[entry.id] else { return false }
            return Self.hash(after: previous, entry.name, checksum) != entry.hash
        }
    }
}
