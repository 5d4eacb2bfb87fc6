import ApusCore
public import ApusEngine
public import SystemPackage

/// Copies a database with `pg_dump` in its custom format: all of it, the history included, so that a
/// restored database knows what it has.
public struct PostgresBackup: BackupSource {
    let address: PostgresConnectionString
    let tools: PgTools

    public var fileExtension: String { "dump" }

    public func check() async throws(DatabaseError) {
        let session = try await open()
        let major = await session.settings.serverVersion / 10_000
        await session.close()
        _ = try await tools.find("pg_dump", forServer: major)
        _ = try await tools.find("pg_restore", forServer: major)
    }

    public func write(
        to path: FilePath, progress: @escaping @Sendable (Int64) -> Void
    ) async throws(DatabaseError) -> BackupContents {
        let session = try await open()
        do throws(DatabaseError) {
            let snapshot = try await session.exportSnapshot()
            failpoint("postgres.backup.snapshot")
            let tool = try await tools.find("pg_dump", forServer: snapshot.serverMajor)
            let watch = Task { await Self.watch(path, progress) }
            defer { watch.cancel() }
            try await dump(snapshot, with: tool, to: path)
            failpoint("postgres.backup.dumped")
            let tables = try await session.countRows()
            await session.close()
            progress(Self.size(of: path))
            return BackupContents(server: snapshot.server, tool: tool.version, tables: tables)
        } catch {
            await session.close()
            throw error
        }
    }

    public func readBack(_ path: FilePath) async throws(DatabaseError) {
        let tool = try await tools.findNewest("pg_restore")
        // The list alone is no proof: it stands at the beginning, and is whole in a truncated file.
        let list = try await tool.run(
            ["--list", "--format=custom", path.string], outputLimit: 1 << 28,
            failure: .backupDamaged)
        guard list.contains("Format: CUSTOM") else {
            throw DatabaseError(.backupDamaged, "\(path) is no archive of pg_dump's")
        }
        _ = try await tool.run(
            ["--file=/dev/null", "--format=custom", path.string], failure: .backupDamaged)
    }

    private func open() async throws(DatabaseError) -> PostgresSession {
        let session = try PostgresSession(address: address, names: RegistryNames(schema: "apus"))
        try await session.connect()
        return session
    }

    private func dump(
        _ snapshot: ExportedSnapshot, with tool: PgTool, to path: FilePath
    ) async throws(DatabaseError) {
        let arguments = [
            "--format=custom", "--file=\(path)", "--snapshot=\(snapshot.name)", "--no-password",
            "--lock-wait-timeout=60000",
        ]
        let environment = address.environment(
            host: snapshot.host, port: snapshot.port, applicationName: "apus backup")
        if tool.major >= 16 {
            do throws(DatabaseError) {
                _ = try await tool.run(
                    arguments + ["--compress=zstd"], environment, failure: .backupFailed,
                    redact: address.redact)
                return
            } catch  where error.detail?.lowercased().contains("zstd") == true {
                // Not every build has it.
            }
        }
        _ = try await tool.run(
            arguments, environment, failure: .backupFailed, redact: address.redact)
    }

    /// Tells how large the file has become, until it is cancelled.
    private static func watch(_ path: FilePath, _ progress: @Sendable (Int64) -> Void) async {
        while !Task.isCancelled {
            progress(size(of: path))
            try? await Task.sleep(for: .milliseconds(250))
        }
    }

    private static func size(of path: FilePath) -> Int64 {
        guard let file = try? FileDescriptor.open(path, .readOnly) else { return 0 }
        defer { try? file.close() }
        return (try? file.seek(offset: 0, from: .end)) ?? 0
    }
}
