import ApusCore
import ApusEngine
import ApusPostgres
import ApusSQLite
import Foundation
import SystemPackage

/// The settings put together: the values that every command works with.
struct Project: Sendable {
    let settings: Settings
    let catalogue: Catalogue
    let console: Console
    /// `PATH`: where the database's own tools are looked for.
    var searchPath = ""

    /// `development` unless something says otherwise.
    var environment: String { settings.text(.environment) ?? Settings.defaultEnvironment }
    var isProduction: Bool { environment == "production" || environment == "prod" }

    static func load(
        _ options: ProjectOptions, console: Console, variables: [String: String]
    ) async throws(Diagnostics) -> Project {
        let settings = try await Settings.load(
            flags: options.flags, config: options.config, environment: variables)
        return Project(
            settings: settings, catalogue: try catalogue(of: settings), console: console,
            searchPath: variables["PATH"] ?? "")
    }

    /// The catalogue as it is now; empty where there is none.
    static func catalogue(of settings: Settings) throws(Diagnostics) -> Catalogue {
        if let path = settings.path(.versions) { return try CatalogueFile.read(path.string) }
        let path = beside(settings.file, "versions.yaml").string
        guard FileManager.default.fileExists(atPath: path) else { return .empty }
        return try CatalogueFile.read(path)
    }

    // MARK: Parts

    /// The driver for the configured database.
    func driver() throws(Diagnostics) -> any Driver {
        guard let url = settings[.databaseURL] else {
            throw Diagnostics([
                Diagnostic(
                    .configurationInvalid, "no database is configured",
                    help: [
                        "set DATABASE_URL, or database_url in apus.yaml, or pass --database-url postgres://… or sqlite:PATH"
                    ])
            ])
        }
        try Self.checkScheme(url.text)
        if let path = Self.sqlitePath(url.text) {
            let full =
                path == ":memory:" ? path : FilePath(url.folder).pushing(FilePath(path)).string
            return SQLiteDriver(path: full, registryPrefix: settings.text(.registry) ?? "apus_")
        }
        do throws(DatabaseError) {
            return PostgresDriver(
                connection: try PostgresConnectionString(url.text),
                registrySchema: settings.text(.registry) ?? "apus", searchPath: searchPath)
        } catch {
            throw Diagnostics([error.diagnostic])
        }
    }

    /// The engine: the database's, else what `--engine` says.
    func engine() throws(Diagnostics) -> DatabaseEngine {
        if let url = settings.text(.databaseURL) {
            return Self.sqlitePath(url) == nil ? .postgres : .sqlite
        }
        if let text = settings.text(.engine) {
            if let engine = DatabaseEngine(rawValue: text) { return engine }
            throw Diagnostics([
                Diagnostic(
                    .usage, "unknown engine \"\(text)\"",
                    help: [
                        "engines: \(DatabaseEngine.allCases.map(\.rawValue).joined(separator: ", "))"
                    ])
            ])
        }
        return .postgres
    }

    func folder(_ engine: DatabaseEngine) -> MigrationFolder {
        let path = settings.path(.migrations) ?? Self.beside(settings.file, "migrations")
        return MigrationFolder(
            FilePath(path.string.replacing("{engine}", with: engine.rawValue)), dialect: engine)
    }

    /// Every engine's folder, for commands that write migration files.
    func folders() throws(Diagnostics) -> [MigrationFolder] {
        let isPerEngine = (settings.text(.migrations) ?? "").contains("{engine}")
        return isPerEngine
            ? DatabaseEngine.allCases.map(folder) : [folder(try engine())]
    }

    func backups() throws(Diagnostics) -> BackupStore {
        BackupStore(
            folder: settings.path(.backups) ?? Self.beside(settings.file, "backups"),
            options: try backupOptions())
    }

    func migrator(_ change: ChangeOptions? = nil) throws(Diagnostics) -> Migrator {
        let driver = try driver()
        var options = Migrator.Options(
            planning: PlanInput.Options(
                application: try version(.application), targetVersion: try version(.target)),
            startedBy: Self.person, toolVersion: ApusVersion.current)
        if let limit = try duration(.lockTimeout) { options.step.lockTimeout = limit }
        if let limit = try duration(.statementTimeout) { options.step.statementTimeout = limit }
        options.step.enforcesForeignKeys = try flag(.foreignKeys)
        if let text = change?.lockWait ?? settings.text(.lockWait) {
            options.lockWait = try Self.duration(text, "--lock-wait")
        }
        options.backup = try backupPolicy(change)
        options.rehearsal = try rehearsalGate()
        return Migrator(
            driver: driver, folder: folder(driver.engine), catalogue: catalogue,
            backups: try backups(), options: options)
    }

    /// ` --application 2.0.0`, where that flag decided: what is to be typed next needs it as well.
    var applicationFlag: String {
        guard let value = settings[.application], value.source == Setting.application.flag else {
            return ""
        }
        return " \(value.source) \(value.text)"
    }

    // MARK: Values

    private func backupPolicy(_ change: ChangeOptions?) throws(Diagnostics) -> Migrator.BackupPolicy
    {
        if change?.noBackup == true { return .never }
        guard let value = settings[.backup] else { return .always }
        if let policy = Migrator.BackupPolicy(rawValue: value.text) { return policy }
        throw invalid(
            .backup,
            "must be \(Migrator.BackupPolicy.allCases.map(\.rawValue).joined(separator: ", "))")
    }

    /// Refuses what was not rehearsed, where the settings ask for that.
    private func rehearsalGate() throws(Diagnostics) -> RehearsalGate? {
        switch settings.text(.requireRehearsal) {
        case nil, "false", "off", "no": return nil
        case "true", "on", "yes": break
        case "production": if !isProduction { return nil }
        default:
            throw invalid(
                .requireRehearsal,
                "must be true, false or production; for another environment, set environments.NAME.require_rehearsal"
            )
        }
        guard let value = settings[.rehearsalMaxAge] else { return RehearsalGate() }
        return RehearsalGate(maximumAge: try Self.age(value.text, value.source))
    }

    /// `7d`, or any other duration.
    private static func age(_ text: String, _ source: String) throws(Diagnostics) -> Duration {
        if text.hasSuffix("d"), let days = Int64(text.dropLast()), (0...36_500).contains(days) {
            return .seconds(days * 86_400)
        }
        if let duration = Duration(readable: text) { return duration }
        throw Diagnostics([
            Diagnostic(
                .usage, "\"\(text)\" (from \(source)) is no age", help: ["write 7d, 12h or 30min"])
        ])
    }

    /// What a migration may cost in a rehearsal.
    func rehearsalBudget() throws(Diagnostics) -> RehearsalBudget {
        RehearsalBudget(
            step: try duration(.testMaxDuration), lock: try duration(.testMaxLock))
    }

    /// What a rehearsal is like: its assertions and its budget.
    func rehearsalRequest(_ engine: DatabaseEngine) throws(Diagnostics) -> RehearsalRequest {
        RehearsalRequest(tests: tests(engine), budget: try rehearsalBudget())
    }

    /// The folder of test files: beside the migrations, and per engine where those are.
    func tests(_ engine: DatabaseEngine) -> TestFolder {
        let name = engine.rawValue
        if let path = settings.path(.tests) {
            return TestFolder(
                FilePath(path.string.replacing("{engine}", with: name)), dialect: engine)
        }
        let migrations = settings.path(.migrations) ?? Self.beside(settings.file, "migrations")
        let isPerEngine = migrations.lastComponent?.string == "{engine}"
        let folder = isPerEngine ? migrations.removingLastComponent() : migrations
        let tests = folder.removingLastComponent().appending("tests")
        return TestFolder(isPerEngine ? tests.appending(name) : tests, dialect: engine)
    }

    private func backupOptions() throws(Diagnostics) -> BackupStore.Options {
        var options = BackupStore.Options(
            retention: try retention(count: nil, days: nil),
            jobs: try number(.backupJobs, from: 1))
        if let take = settings[.backupCommand] {
            options.provider = .command(
                BackupCommand(
                    take: take.text, verify: settings.text(.backupVerifyCommand),
                    folder: take.folder.isEmpty ? nil : take.folder))
        } else if settings[.backupVerifyCommand] != nil {
            throw invalid(.backupVerifyCommand, "wants a backup_command beside it", showing: false)
        }
        return options
    }

    /// What old backups are kept by: flags over settings; `nil` where nothing says.
    func retention(count: Int?, days: Int?) throws(Diagnostics) -> Retention? {
        if count != nil || days != nil { return Retention(count: count, days: days) }
        let (count, days) = (
            try number(.backupKeep, from: 1), try number(.backupKeepDays, from: 1)
        )
        return count == nil && days == nil ? nil : Retention(count: count, days: days)
    }

    private func number(_ setting: Setting, from least: Int) throws(Diagnostics) -> Int? {
        guard let text = settings.text(setting) else { return nil }
        if let number = Int(text), number >= least { return number }
        throw invalid(setting, "must be a whole number from \(least)")
    }

    func version(_ setting: Setting) throws(Diagnostics) -> SemanticVersion? {
        guard let value = settings[setting] else { return nil }
        return try Self.version(value.text)
    }

    private func duration(_ setting: Setting) throws(Diagnostics) -> Duration? {
        guard let value = settings[setting] else { return nil }
        return try Self.duration(value.text, value.source)
    }

    /// How long statements wait for a lock, where somebody said so.
    func lockTimeoutSetting() throws(Diagnostics) -> Duration? { try duration(.lockTimeout) }

    private func flag(_ setting: Setting) throws(Diagnostics) -> Bool {
        switch settings.text(setting) {
        case nil, "false", "off", "no": return false
        case "true", "on", "yes": return true
        default: throw invalid(setting, "must be true or false")
        }
    }

    /// - Parameter showing: whether the value may be shown; a command may hold a secret.
    private func invalid(
        _ setting: Setting, _ reason: String, showing: Bool = true
    ) -> Diagnostics {
        let value = settings[setting]
        let shown = showing ? " is \"\(value?.text ?? "")\"" : ""
        return Diagnostics([
            Diagnostic(
                .configurationInvalid,
                "`\(setting.rawValue)`\(shown) (from \(value?.source ?? "")): it \(reason)")
        ])
    }

    /// A version given on the command line. Throws `version-invalid`.
    static func version(_ text: String) throws(Diagnostics) -> SemanticVersion {
        if let version = SemanticVersion(text) { return version }
        throw Diagnostics([
            Diagnostic(
                .versionInvalid, "\"\(text)\" is no semantic version",
                help: [
                    SemanticVersion.advice(for: text) ?? "write MAJOR.MINOR.PATCH, such as 1.2.0"
                ])
        ])
    }

    static func duration(_ text: String, _ source: String) throws(Diagnostics) -> Duration {
        if let duration = Duration(readable: text) { return duration }
        throw Diagnostics([
            Diagnostic(
                .usage, "\"\(text)\" (from \(source)) is no duration",
                help: ["write 500ms, 5s, 10min or 1h"])
        ])
    }

    /// Refuses an address of a database that there is no driver for. Throws `configuration-invalid`.
    private static func checkScheme(_ url: String) throws(Diagnostics) {
        guard let end = url.firstRange(of: "://")?.lowerBound else { return }
        let scheme = url[..<end]
        guard scheme.allSatisfy({ $0.isLetter || $0.isNumber || $0 == "+" }),
            !["postgres", "postgresql", "sqlite"].contains(scheme)
        else { return }
        throw Diagnostics([
            Diagnostic(
                .configurationInvalid, "there is no driver for \(scheme):// databases",
                help: [
                    "write postgres://…, postgresql://…, a libpq conninfo string, or sqlite:PATH"
                ])
        ])
    }

    /// The path in `sqlite:PATH` and `sqlite://PATH`; `nil` for anything else.
    private static func sqlitePath(_ url: String) -> String? {
        guard url.hasPrefix("sqlite:") else { return nil }
        let rest = url.dropFirst("sqlite:".count)
        return String(rest.hasPrefix("//") ? rest.dropFirst(2) : rest)
    }

    private static func beside(_ file: String?, _ name: String) -> FilePath {
        (file.map { FilePath($0).removingLastComponent() } ?? FilePath()).appending(name)
    }

    /// `ana@laptop`
    private static var person: String {
        "\(NSUserName())@\(ProcessInfo.processInfo.hostName)"
    }
}
