import ApusCore
import ApusEngine
import SystemPackage

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Finds PostgreSQL's own programs.
struct PgTools: Hashable, Sendable {
    /// Where to look, and nowhere else; `nil` to search.
    let folder: String?
    /// Folders separated by colons, as in `PATH`.
    let searchPath: String

    /// The majors that packages may have installed beside each other.
    private static let newestKnownMajor = 30

    /// The program that fits a server: of its own major version where there is one, because a newer
    /// one writes what that server refuses; otherwise the first that is newer. An older one cannot
    /// read the server's catalogue. Throws `backupToolMissing`.
    func find(_ program: String, forServer serverMajor: Int) async throws(DatabaseError) -> PgTool {
        let own = folder.map { [$0] } ?? Self.packageFolders(serverMajor)
        let others =
            folder == nil
            ? pathFolders
                + (serverMajor + 1...max(serverMajor + 1, Self.newestKnownMajor)).flatMap(
                    Self.packageFolders)
            : []
        var newest: PgTool?
        for place in own + others {
            guard let tool = await PgTool(program, in: place) else { continue }
            if tool.major >= serverMajor { return tool }
            if tool.major > newest?.major ?? 0 { newest = tool }
        }
        // A program that was not asked to its end says nothing of its version.
        if Task.isCancelled { throw DatabaseError(.interrupted, "interrupted") }
        let found = newest.map { "only \($0.version) was found" } ?? "none was found"
        throw DatabaseError(
            .backupToolMissing, "a backup needs \(program) \(serverMajor) or later; \(found)",
            help: ["apt-get install postgresql-client-\(serverMajor)"])
    }

    /// The program that restores into a server what a `pg_dump` of another version may have written:
    /// of the server's own major version where that can read it, else the first that is newer. Throws
    /// `backupToolMissing`.
    func findRestorer(forServer server: Int, archiveOf writer: Int?) async throws(DatabaseError)
        -> PgTool
    {
        try await find("pg_restore", forServer: max(server, writer ?? 0))
    }

    /// The newest program there is: it reads what any older one wrote.
    func findNewest(_ program: String) async throws(DatabaseError) -> PgTool {
        let places =
            folder.map { [$0] }
            ?? pathFolders + (13...Self.newestKnownMajor).flatMap(Self.packageFolders)
        var newest: PgTool?
        for place in places {
            guard let tool = await PgTool(program, in: place) else { continue }
            if tool.major > newest?.major ?? 0 { newest = tool }
        }
        if Task.isCancelled { throw DatabaseError(.interrupted, "interrupted") }
        guard let newest else {
            throw DatabaseError(
                .backupToolMissing, "\(program) was not found",
                help: ["apt-get install postgresql-client"])
        }
        return newest
    }

    /// `initdb` and `postgres` of one major version, which lie in one folder; of the newest where none
    /// is asked for. `nil` where this machine has none.
    func findServer(_ major: Int?) async -> (initdb: PgTool, postgres: PgTool)? {
        let places =
            folder.map { [$0] }
            ?? (major.map { [$0] } ?? (13...Self.newestKnownMajor).reversed()).flatMap(
                Self.packageFolders) + pathFolders
        for place in places {
            guard let postgres = await PgTool("postgres", in: place),
                major.map({ postgres.major == $0 }) ?? true,
                let initdb = await PgTool("initdb", in: place)
            else { continue }
            return (initdb, postgres)
        }
        return nil
    }

    private var pathFolders: [String] { searchPath.split(separator: ":").map(String.init) }

    /// Where the packages of Debian, Red Hat and Homebrew put one major version.
    private static func packageFolders(_ major: Int) -> [String] {
        [
            "/usr/lib/postgresql/\(major)/bin", "/usr/pgsql-\(major)/bin",
            "/opt/homebrew/opt/postgresql@\(major)/bin", "/usr/local/opt/postgresql@\(major)/bin",
        ]
    }

    /// How many processors this machine has.
    static var processors: Int { max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }

    static func isExecutable(_ path: String) -> Bool { access(path, X_OK) == 0 }
}
