public import ApusEngine
public import SystemPackage
import ApusCore

public struct PostgresBackup: BackupSource {
    let address: PostgresConnectionString
    let tools: PgTools
    public var fileExtension: String { "dump" }
    public func check() async throws(DatabaseError) {}
    public func write(
        to path: FilePath, progress: @escaping @Sendable (Int64) -> Void
    ) async throws(DatabaseError) -> BackupContents { throw DatabaseError(.backupFailed, "todo") }
    public func readBack(_ path: FilePath) async throws(DatabaseError) {}
}
struct SchemaScript {
    let address: PostgresConnectionString
    let registry: RegistryNames
    let tools: PgTools
    func read() async throws(DatabaseError) -> String { throw DatabaseError(.internalError, "todo") }
}
