import ApusCore
import ApusEngine
import ApusPostgres
import ApusSQLite
import Configuration
import Foundation
import SystemPackage

/// What `apus.yaml`, `.env` and the environment say; the same files that the command line reads.
struct HostSettings: Sendable {
    var name: String
    var environment: String
    var database: Location
    var migrations: String
    /// The folder of the assertions that rehearsals make, with `{engine}` in it.
    var tests: String
    var backups: FilePath
    var backup: Migrator.BackupPolicy
    var catalogue: Catalogue
    /// The version that this release of the application is built for; later ones are another's business.
    var target: SemanticVersion?
    var web: WebSettings

    /// Where the rows are.
    enum Location: Hashable, Sendable {
        case sqlite(path: String)
        case postgres(url: String)
    }

    /// Throws `configuration-invalid`, also from the catalogue and from the section `web`.
    static func load(_ path: String, variables: [String: String]) async throws -> HostSettings {
        guard FileManager.default.fileExists(atPath: path) else {
            throw problem("there is no configuration file at \(path)")
        }
        let folder = FilePath(path).removingLastComponent()
        let environment = ConfigReader(
            provider: EnvironmentVariablesProvider(environmentVariables: variables))
        let dotEnv = ConfigReader(
            provider: try await EnvironmentVariablesProvider(
                environmentFilePath: folder.appending(".env"), allowMissing: true))
        let file = ConfigReader(
            provider: try await FileProvider<YAMLSnapshot>(filePath: FilePath(path)))
        func beside(_ key: ConfigKey, or name: String) -> FilePath {
            folder.pushing(FilePath(file.string(forKey: key) ?? name))
        }
        let database: Location
        if let url = environment.string(forKey: "database.url", isSecret: true), !url.isEmpty {
            database = location(url, in: FilePath())
        } else if let url = dotEnv.string(forKey: "database.url", isSecret: true)
            ?? file.string(forKey: "database_url", isSecret: true)
        {
            database = location(url, in: folder)
        } else {
            throw problem("no database is configured: set DATABASE_URL, or database_url in \(path)")
        }
        let target = try file.string(forKey: "target").map { (text) throws in
            guard let version = SemanticVersion(text) else {
                throw problem("target: \"\(text)\" is not a semantic version")
            }
            return version
        }
        return HostSettings(
            name: file.string(forKey: "name") ?? "guest_registration",
            environment: environment.string(forKey: "apus.environment")
                ?? file.string(forKey: "environment") ?? "development",
            database: database, migrations: beside("migrations", or: "migrations").string,
            tests: beside("tests", or: "tests/{engine}").string,
            backups: beside("backups", or: "backups"),
            backup: file.string(forKey: "backup").flatMap(Migrator.BackupPolicy.init) ?? .always,
            catalogue: try CatalogueFile.read(beside("versions", or: "versions.yaml").string),
            target: target,
            web: try WebSettings.read(path: path))
    }

    private static func location(_ url: String, in folder: FilePath) -> Location {
        guard url.hasPrefix("sqlite:") else { return .postgres(url: url) }
        let rest = url.dropFirst("sqlite:".count)
        let path = String(rest.hasPrefix("//") ? rest.dropFirst(2) : rest)
        return .sqlite(path: folder.pushing(FilePath(path)).string)
    }

    private static func problem(_ message: String) -> Diagnostics {
        Diagnostics([Diagnostic(.configurationInvalid, message)])
    }

    // MARK: What Apus is given

    func driver() throws -> any Driver {
        switch database {
        case .sqlite(let path): return SQLiteDriver(path: path)
        case .postgres(let url):
            do {
                return PostgresDriver(
                    connection: try PostgresConnectionString(url),
                    searchPath: ProcessInfo.processInfo.environment["PATH"] ?? "")
            } catch {
                throw Diagnostics([error.diagnostic])
            }
        }
    }

    func migrator(_ driver: any Driver) -> Migrator {
        let folder = migrations.replacing("{engine}", with: driver.engine.rawValue)
        return Migrator(
            driver: driver, folder: MigrationFolder(FilePath(folder), dialect: driver.engine),
            catalogue: catalogue, backups: BackupStore(folder: backups),
            options: Migrator.Options(
                planning: PlanInput.Options(targetVersion: target), backup: backup,
                startedBy: "guest-registration"))
    }

    func tests(_ engine: DatabaseEngine) -> TestFolder {
        TestFolder(FilePath(tests.replacing("{engine}", with: engine.rawValue)), dialect: engine)
    }

    /// The application's own way to its rows.
    func rows() -> any Database {
        switch database {
        case .sqlite(let path): SQLiteDatabase(path: path)
        case .postgres(let url): PostgresDatabase(url: url)
        }
    }
}
