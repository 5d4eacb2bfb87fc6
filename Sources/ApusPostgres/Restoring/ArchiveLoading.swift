import ApusCore
public import ApusEngine
import Synchronization
public import SystemPackage

extension PostgresRestore {
    /// From this size on several processes load at once.
    private static let largeFrom: Int64 = 1_000_000_000

    public func load(
        from path: FilePath, _ options: RestoreLoading,
        progress: @escaping @Sendable (Int64) -> Void
    ) async throws(DatabaseError) {
        let session = try PostgresSession(address: address, names: names)
        try await session.connect()
        do throws(DatabaseError) {
            let server = await session.settings.serverVersion / 10_000
            let tool = try await tools.findRestorer(
                forServer: server, archiveOf: PgTool.major(of: options.tool))
            let watch = Task { await Self.watch(session, progress) }
            defer { watch.cancel() }
            try await restore(path, options, with: tool, server: server)
            watch.cancel()
            await watch.value
            failpoint("restore.archive-read")
            // Without statistics the first queries after an exchange would be planned blindly.
            try await session.ask("SET statement_timeout = 0")
            try await session.ask("ANALYZE")
            progress(try await session.databaseSize())
            await session.close()
        } catch {
            await session.close()
            throw error
        }
    }

    private func restore(
        _ path: FilePath, _ options: RestoreLoading, with tool: PgTool, server: Int
    ) async throws(DatabaseError) {
        let jobs = options.jobs ?? (options.bytes >= Self.largeFrom ? PostgresBackup.usualJobs : 1)
        // Quoted, so that it is a name whatever it holds.
        let name = address.target.name.replacing("\\", with: "\\\\").replacing("'", with: "\\'")
        var arguments = [
            path.isFolder ? "--format=directory" : "--format=custom",
            "--dbname=dbname='\(name)'", "--no-password",
        ]
        if jobs > 1 { arguments.append("--jobs=\(jobs)") }
        if !options.keepsOwners { arguments += ["--no-owner", "--no-privileges"] }
        // A server before 17 knows no transaction_timeout, which a pg_restore from 17 on sets before
        // anything else: that one error is passed over, and at the next it is ended.
        let isNewer = tool.major >= 17 && server < 17
        if !isNewer { arguments.append("--exit-on-error") }
        let errors = PassedOverErrors(tolerates: isNewer)
        let ending = try await tool.ending(
            arguments + [path.string],
            address.environment(applicationName: Self.applicationName), failure: .restoreFailed,
            redact: address.redact, onErrorLine: errors.goesOn)
        guard ending.isSuccess || errors.explain(ending) else {
            let wantsRoles = options.keepsOwners && Self.wantsRoles(ending.errors)
            throw DatabaseError(
                .restoreFailed, "\(tool.name) failed with exit status \(ending.status)",
                detail: address.redact(ending.errors),
                help: wantsRoles
                    ? [
                        "let everything belong to whoever restores: apus restore \(path.string.shellWord) --into \(database.shellWord) --no-owner",
                        "or restore as a role that may give things to their owners: a superuser, or a member of theirs",
                    ] : [])
        }
    }

    /// Whether a role is missing, or the one that restores may not give things to another.
    private static func wantsRoles(_ errors: String) -> Bool {
        [/must be member of role "/, /must be able to SET ROLE "/, /role "[^\n]*" does not exist/]
            .contains { errors.contains($0) }
    }

    /// Tells how large the database has become, until it is cancelled.
    private static func watch(
        _ session: PostgresSession, _ progress: @Sendable (Int64) -> Void
    ) async {
        while !Task.isCancelled {
            // Progress only: whoever loads finds out that a connection is gone.
            if let size = try? await session.databaseSize() { progress(size) }
            try? await Task.sleep(for: .milliseconds(500))
        }
    }
}

/// The errors of a `pg_restore` that goes on after one.
final class PassedOverErrors: Sendable {
    private let tolerates: Bool
    private let count = Mutex((known: 0, others: 0))

    init(tolerates: Bool) {
        self.tolerates = tolerates
    }

    /// Whether it may go on after this line of its standard error.
    func goesOn(_ line: String) -> Bool {
        guard tolerates, line.hasPrefix("pg_restore: error: ") else { return true }
        let isKnown = line.contains("transaction_timeout")
        count.withLock { count in
            if isKnown { count.known += 1 } else { count.others += 1 }
        }
        return isKnown
    }

    /// Whether a bad ending means nothing else than the errors that were passed over.
    func explain(_ ending: Program.Ending) -> Bool {
        let (known, others) = count.withLock { $0 }
        // It counts those of its parallel workers otherwise than it prints them.
        return tolerates && known > 0 && others == 0 && ending.status == 1
            && ending.errors.contains("errors ignored on restore: ")
    }
}
