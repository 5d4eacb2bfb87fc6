import ApusCore
import Testing

@Suite struct MigrationLockTests {
    private let users: Migration
    private let index: Migration
    private let late: Migration
    private let lock: MigrationLock

    init() throws {
        users = try migration("1.0.0 users")
        index = try migration("1.1.0 index", day: 2)
        late = try migration("1.2.0 late", day: 3)
        lock = MigrationLock([late, users, index])
    }

    /// What stands against the migrations, as `code: message (file:line)`.
    private func findings(_ migrations: Migration..., of lock: MigrationLock? = nil) -> [String] {
        (lock ?? self.lock).findings(migrations, path: "migrations.lock").map { finding in
            let place = finding.location.map { "\($0.file):\($0.line)" } ?? ""
            return "\(finding.code.rawValue): \(finding.message) (\(place))"
        }
    }

    private func lock(_ text: String) throws(MigrationLock.Unreadable) -> MigrationLock {
        try MigrationLock(text: text)
    }

    // MARK: The file

    @Test func `each line's hash covers the line before it, the name and the checksum`() {
        var previous = "apus-lock 1"
        for (entry, migration) in zip(lock.entries, [users, index, late]) {
            let name = migration.id.fileName
            let hash = Checksum(of: "\(previous)\n\(name)\n\(migration.checksum)\n")
            #expect(entry.hash == hash)
            #expect(lock.text.contains("\n\(hash)  \(name)\n"))
            previous = hash.hex
        }
        #expect(lock.text.hasPrefix("apus-lock 1\n# "))
    }

    @Test func `what is written is read back, whatever the line endings`() throws {
        #expect(try lock(lock.text) == lock)
        #expect(try lock(lock.text.replacing("\n", with: "\r\n")) == lock)
        #expect(try lock("\u{FEFF}" + lock.text) == lock)
        #expect(try lock(String(lock.text.dropLast())) == lock)
        #expect(try lock(MigrationLock([]).text).entries.isEmpty)
    }

    @Test(arguments: [
        ("", MigrationLock.Unreadable.empty), ("apus-lock 2\n", .otherFormat("2")),
        ("{\"version\": 1}\n", .foreign), ("apus-lock 1 \n", .otherFormat("1 ")),
        ("apus-lock 1\nnonsense\n", .malformed(line: 2)),
        ("apus-lock 1\n\nnonsense\n", .malformed(line: 3)),
        ("<<<<<<< ours\napus-lock 1\n", .conflict(line: 1)),
        ("apus-lock 1\n# a\n=======\n", .conflict(line: 3)),
        ("apus-lock 1\n0123  20250101_000000_1.0.0_a.sql\n", .malformed(line: 2)),
    ])
    func `what is no lock is refused with the reason`(
        text: String, reason: MigrationLock.Unreadable
    ) {
        #expect(throws: reason) { try MigrationLock(text: text) }
    }

    @Test func `a lock that was cut off in the middle of a line is refused`() {
        for cut in [1, 5, 20, 40, 80] {
            #expect(throws: MigrationLock.Unreadable.cut(line: 6)) {
                try MigrationLock(text: String(lock.text.dropLast(cut + 1)))
            }
        }
    }

    @Test func `a lock that was cut off behind a line leaves files unlocked`() throws {
        let lines = lock.text.split(separator: "\n").dropLast().joined(separator: "\n") + "\n"
        #expect(
            findings(users, index, late, of: try lock(lines)) == [
                "file-not-locked: 1.2.0 late is not in migrations.lock (20250103_000000_1.2.0_late.sql:1)"
            ])
    }

    @Test func `a migration that is listed twice is refused`() {
        let line = lock.text.split(separator: "\n").last!
        #expect(
            throws: MigrationLock.Unreadable.duplicate(
                name: "20250103_000000_1.2.0_late.sql", line: 7)
        ) { try MigrationLock(text: lock.text + line + "\n") }
    }

    // MARK: Findings

    @Test func `files that are as they were locked have no findings`() {
        #expect(findings(users, index, late).isEmpty)
        #expect(findings(late, index, users).isEmpty)
    }

    @Test func `an edited file is found, and it alone`() throws {
        let edited = try migration("1.1.0 index", day: 2, up: "CREATE TABLE other (a int);")
        #expect(
            findings(users, edited, late) == [
                "locked-file-changed: 1.1.0 index is not the file that was locked (20250102_000000_1.1.0_index.sql:1)"
            ])
        let first = try migration("1.0.0 users", up: "CREATE TABLE other (a int);")
        #expect(findings(first, edited, late).count == 2)
    }

    @Test func `a comment is a change as well`() throws {
        let edited = try migration(
            "1.1.0 index", day: 2, up: "-- hello\nCREATE TABLE index (a int);")
        #expect(findings(users, edited, late).count == 1)
    }

    @Test func `a missing and an additional file are found`() throws {
        let more = try migration("1.3.0 more", day: 4)
        #expect(
            findings(users, late, more) == [
                "locked-file-missing: 1.1.0 index is locked, and its file is gone (migrations.lock:5)",
                "file-not-locked: 1.3.0 more is not in migrations.lock (20250104_000000_1.3.0_more.sql:1)",
            ])
    }

    @Test func `a file that is there and no valid migration is not called gone`() {
        #expect(
            lock.findings([users, late], invalid: [index.id], path: "migrations.lock").isEmpty)
    }

    @Test func `lines that have changed places are found`() throws {
        var lines = lock.text.split(separator: "\n").map(String.init)
        lines.swapAt(4, 5)
        let mixed = try lock(lines.joined(separator: "\n") + "\n")
        #expect(
            findings(users, index, late, of: mixed) == [
                "locked-order-changed: migrations.lock lists 1.1.0 index behind 1.2.0 late (migrations.lock:6)"
            ])
        #expect(
            mixed.changes(to: [users, index, late])
                == MigrationLock.Changes(reordered: [index.id]))
    }

    @Test func `who edits a file and its line has to rewrite every line below`() throws {
        let edited = try migration("1.0.0 users", up: "CREATE TABLE other (a int);")
        let forged = MigrationLock([edited]).entries[0].hash.hex
        let text = lock.text.replacing(lock.entries[0].hash.hex, with: forged)
        #expect(
            findings(edited, index, late, of: try lock(text)) == [
                "locked-file-changed: 1.1.0 index is not the file that was locked (20250102_000000_1.1.0_index.sql:1)"
            ])
    }

    @Test func `changes to a lock are what was added, edited and removed since`() throws {
        let edited = try migration("1.0.0 users", up: "CREATE TABLE other (a int);")
        let more = try migration("1.0.5 more", day: 4)
        let changes = lock.changes(to: [edited, more, late])
        #expect(changes.added.map(\.title) == ["1.0.5 more"])
        #expect(changes.changed.map(\.title) == ["1.0.0 users"])
        #expect(changes.removed.map(\.title) == ["1.1.0 index"])
        #expect(lock.changes(to: [users, index, late]) == MigrationLock.Changes())
    }
}
