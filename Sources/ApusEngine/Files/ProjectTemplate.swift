public import ApusCore
public import SystemPackage

/// What `init` makes: a configuration, a catalogue and the migrations folders.
public struct ProjectTemplate: Hashable, Sendable {
    /// The engines that migrations are written for; never empty.
    public var engines: [DatabaseEngine]
    /// What the reports call the database.
    public var name: String

    public init(engines: [DatabaseEngine], name: String) {
        self.engines = engines
        self.name = name
    }

    /// The files, for the folder that they are to stand in.
    public func files(in folder: FilePath) -> [NewFile] {
        [
            NewFile(folder.appending(Self.configurationName), text: configuration),
            NewFile(folder.appending("versions.yaml"), text: Self.catalogue),
        ]
    }

    /// The migrations folders, one for each engine.
    public func folders(in folder: FilePath) -> [MigrationFolder] {
        let base = folder.appending("migrations")
        return engines.map { engine in
            MigrationFolder(
                engines.count == 1 ? base : base.appending(engine.rawValue), dialect: engine)
        }
    }

    static let configurationName = "apus.yaml"

    private var configuration: String {
        """
        # Configuration of Apus for this folder. Paths are relative to this file.
        # Flags go before environment variables, those before .env, that before this file.

        # What the reports call this database.
        name: \(name)

        \(engines.count == 1 ? "# The folder of migration files." : "# One folder for each engine: {engine} becomes postgres or sqlite.")
        migrations: \(engines.count == 1 ? "migrations" : "migrations/{engine}")

        \(databaseSettings)

        # The catalogue: releases, compatibility, upgrade paths, roadmap.
        versions: versions.yaml

        # In production, Apus asks before it changes the database.
        environment: development

        # A verified backup before each run that changes the database: always, each-step or never.
        backup: always
        backups: backups

        # How long a statement waits for a lock, and how long it may take.
        # lock_timeout: 5s
        # statement_timeout: 10min

        """
    }

    private var databaseSettings: String {
        guard engines.contains(.sqlite) else {
            return """
                # The kind of database, for commands that need none.
                engine: postgres

                # The database. A password does not belong here: set DATABASE_URL, or use ~/.pgpass.
                # database_url: postgres://\(name)@localhost/\(name)
                """
        }
        let postgres =
            engines.contains(.postgres) ? " DATABASE_URL=postgres://… selects PostgreSQL." : ""
        return """
            # The database where DATABASE_URL is not set.\(postgres)
            database_url: sqlite:\(name).db
            """
    }

    private static let catalogue = """
        # The catalogue: which application runs on which database, what each release brought, which
        # upgrades are allowed, and what is planned. Everything may be left out.

        application:
          version: 1.0.0
          # The lowest database version that this application needs.
          # minimum_database: 1.0.0

        # The database version that this application is built for.
        # database: 1.0.0

        releases: []
        # releases:
        #   - version: 1.0.0
        #     date: 2025-01-15
        #     title: Initial release
        #     features: [What is new]
        #     database: 1.0.0
        #     minimum_application: 1.0.0   # the lowest application that can run on it
        #     breaking_changes: []         # what stops working for whoever relied on it
        #     upgrade_notes: []            # what an operator should know or do
        #     required_stop: false         # whether a run must end here before it goes on

        # From each version, the versions that it may be upgraded to in one step. Without any, each
        # version may be upgraded to any later one.
        upgrade_paths: {}
        # upgrade_paths:
        #   1.0.0: [1.1.0, 1.2.0]

        roadmap: []
        # roadmap:
        #   - version: 1.1.0
        #     title: What is planned
        #     features: []

        """
}

extension ProjectTemplate {
    /// A name that YAML, a file and a database all take as it is, from a folder's.
    public static func name(from folder: String) -> String {
        let words = folder.lowercased().split { !($0.isASCII && ($0.isLetter || $0.isNumber)) }
        let name = words.joined(separator: "_")
        return name.first?.isLetter == true ? name : "database\(name.isEmpty ? "" : "_")\(name)"
    }
}
