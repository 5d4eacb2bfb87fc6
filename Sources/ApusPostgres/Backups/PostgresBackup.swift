import ApusCore
public import ApusEngine
public import SystemPackage

/// Copies a database with `pg_dump`: all of it, the history included, so that a restored database
/// knows what it has. In the custom format, a file; a large one in the directory format, by several
/// processes at once.
public struct PostgresBackup: BackupSource {
    let address: PostgresConnectionString
    let names: RegistryNames
    let tools: PgTools

    /// From this size on a dump is written by several processes at once, as a folder.
    private static let largeFrom: Int64 = 10_000_000_000

    public func check() async throws(DatabaseError) -> String {
        let session = try await open()
        let major = await session.settings.serverVersion / 10_000
        await session.close()
        let dump = try await tools.find("pg_dump", forServer: major)
        _ = try await tools.find("pg_restore", forServer: major)
        return "\(dump.version) for a server of version \(major)"
    }

    public func size() async throws(DatabaseError) -> Int64 {
        let session = try await open()
        do throws(DatabaseError) {
            let size = try await session.databaseSize()
            await session.close()
            return size
        } catch {
            await session.close()
            throw error
        }
    }

    public func form(forSize size: Int64, jobs: Int?) -> BackupForm {
        let jobs = jobs ?? (size >= Self.largeFrom ? Self.usualJobs : 1)
        return jobs > 1
            ? BackupForm(fileExtension: "dir", isFolder: true, jobs: jobs)
            : BackupForm(fileExtension: "dump")
    }

    /// Half of the processors, from 2 to 8: the server may be on the same machine.
    static var usualJobs: Int { min(8, max(2, PgTools.processors / 2)) }

    public func write(
        to path: FilePath, as form: BackupForm, progress: @escaping @Sendable (Int64) -> Void
    ) async throws(DatabaseError) -> BackupContents {
        let session = try await open()
        do throws(DatabaseError) {
            let snapshot = try await session.exportSnapshot()
            failpoint("postgres.backup.snapshot")
            let tool = try await tools.find("pg_dump", forServer: snapshot.serverMajor)
            let watch = Task { await Self.watch(path, progress) }
            defer { watch.cancel() }
            // Both see the same snapshot, and neither waits for the other.
            let (_, contents) = try await together { () async throws(DatabaseError) in
                try await dump(snapshot, with: tool, to: path, form)
                failpoint("postgres.backup.dumped")
            } _: { () async throws(DatabaseError) in
                try await Self.counted(session, tool)
            }
            await session.close()
            progress(Self.size(of: path))
            return contents
        } catch {
            await session.close()
            throw error
        }
    }

    public func contents() async throws(DatabaseError) -> BackupContents {
        let session = try await open()
        do throws(DatabaseError) {
            _ = try await session.exportSnapshot()
            let contents = try await session.readContents(tool: "")
            await session.close()
            return contents
        } catch {
            await session.close()
            throw error
        }
    }

    public func environment() async throws(DatabaseError) -> ProgramEnvironment {
        let (values, secrets) = address.variables(applicationName: "apus backup")
        return ProgramEnvironment(
            values: values.merging(["PGDATABASE": address.target.name]) { $1 }, secrets: secrets)
    }

    public func readBack(_ path: FilePath) async throws(DatabaseError) {
        let tool = try await tools.findNewest("pg_restore")
        let (option, word) =
            path.isFolder ? ("--format=directory", "DIRECTORY") : ("--format=custom", "CUSTOM")
        // The list alone is no proof: it stands at the beginning, and is whole in a truncated file.
        let list: String
        do throws(DatabaseError) {
            list = try await tool.run(
                ["--list", option, path.string], outputLimit: 1 << 28, failure: .backupDamaged)
        } catch  where error.detail?.contains("unsupported version") == true {
            throw DatabaseError(
                .backupToolMissing, "\(tool.version) is too old to read \(path)",
                detail: error.detail, help: ["apt-get install postgresql-client"])
        }
        guard list.contains("Format: \(word)") else {
            throw DatabaseError(.backupDamaged, "\(path) is no archive of pg_dump's")
        }
        _ = try await tool.run(["--file=/dev/null", option, path.string], failure: .backupDamaged)
    }

    private func open() async throws(DatabaseError) -> PostgresSession {
        let session = try PostgresSession(address: address, names: names)
        try await session.connect()
        return session
    }

    private func dump(
        _ snapshot: ExportedSnapshot, with tool: PgTool, to path: FilePath, _ form: BackupForm
    ) async throws(DatabaseError) {
        var arguments = [
            "--file=\(path)", "--snapshot=\(snapshot.name)", "--no-password",
            "--lock-wait-timeout=60000",
        ]
        arguments +=
            form.isFolder ? ["--format=directory", "--jobs=\(form.jobs)"] : ["--format=custom"]
        let environment = address.environment(
            host: snapshot.host, port: snapshot.port, applicationName: "apus backup")
        // zstd is quickest. Of gzip the fastest level: three fifths of the time of pg_dump's own choice, for a
        // sixth more bytes (Benchmarks/backup.py).
        var methods = [("gzip", "1")]
        if tool.major >= 16 { methods.insert(("zstd", "zstd"), at: 0) }
        for (method, value) in methods {
            do throws(DatabaseError) {
                _ = try await tool.run(
                    arguments + ["--compress=\(value)"], environment, failure: .backupFailed,
                    redact: address.redact)
                return
            } catch  where error.detail?.lowercased().contains(method) == true {
                // Not every build has it.
            }
        }
        _ = try await tool.run(
            arguments, environment, failure: .backupFailed, redact: address.redact)
    }

    /// What the backup holds. What stands in the way of that would have stood in pg_dump's.
    private static func counted(
        _ session: PostgresSession, _ tool: PgTool
    ) async throws(DatabaseError) -> BackupContents {
        do throws(DatabaseError) {
            return try await session.readContents(tool: tool.version)
        } catch  where error.code == .insufficientPrivilege || error.code == .statementFailed {
            throw DatabaseError(
                .backupFailed, "the tables of the backup cannot be counted", detail: error.message,
                help: error.help)
        }
    }

    /// Tells how large the copy has become, until it is cancelled.
    private static func watch(_ path: FilePath, _ progress: @Sendable (Int64) -> Void) async {
        while !Task.isCancelled {
            progress(size(of: path))
            // A cancelled sleep ends at once, and the loop with it.
            try? await Task.sleep(for: .milliseconds(250))
        }
    }

    private static func size(of path: FilePath) -> Int64 {
        // Progress only: what cannot be read now counts as nothing.
        guard path.isFolder else { return FileFacts.size(of: path) }
        return FileFacts.names(in: path).reduce(0) {
            $0 + FileFacts.size(of: path.appending($1))
        }
    }
}
