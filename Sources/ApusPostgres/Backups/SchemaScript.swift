import ApusCore
import ApusEngine

/// The live schema as a script that recreates it, as `pg_dump` writes it.
struct SchemaScript {
    let address: PostgresConnectionString
    let registry: RegistryNames
    let tools: PgTools

    func read() async throws(DatabaseError) -> String {
        let session = try PostgresSession(address: address, names: registry)
        try await session.connect()
        let major = await session.settings.serverVersion / 10_000
        await session.close()
        let tool = try await tools.find("pg_dump", forServer: major)
        let dump = try await tool.run(
            [
                "--schema-only", "--no-owner", "--no-privileges", "--no-password",
                "--exclude-schema=\(registry.quotedSchema)",
            ],
            address.environment(applicationName: "apus schema"), outputLimit: 1 << 28,
            failure: .backupFailed, redact: address.redact)
        return Self.cleaned(dump)
    }

    /// Settings of the dump that a migration has of its own, or that a server of another version
    /// does not know. What decides how the statements are read stays: no search path, function
    /// bodies unchecked.
    private static let dropped = [
        "statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout",
        "transaction_timeout", "client_encoding", "standard_conforming_strings", "xmloption",
        "client_min_messages", "row_security",
    ]

    static func cleaned(_ dump: String) -> String {
        var lines: [Substring] = []
        for line in dump.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.hasPrefix("\\restrict ") || line.hasPrefix("\\unrestrict ") { continue }
            if dropped.contains(where: { line.hasPrefix("SET \($0) =") }) { continue }
            if line.hasPrefix("-- Dumped ") || line.hasPrefix("-- PostgreSQL database dump") {
                continue
            }
            // Empty comments frame the headings; one blank line is enough between them.
            if line == "--" { continue }
            if line.isEmpty, lines.last?.isEmpty ?? true { continue }
            lines.append(line)
        }
        while lines.last?.isEmpty ?? false { lines.removeLast() }
        return lines.joined(separator: "\n") + "\n"
    }
}
