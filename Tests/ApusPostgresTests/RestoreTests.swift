import ApusCore
import ApusEngine
import Foundation
import SystemPackage
import Testing

@testable import ApusPostgres

@Suite(.enabled(if: TestServer.areExpected, "no servers: run scripts/postgres-up"))
struct RestoreTests {
    /// A folder for backups and a migrator over one database.
    private final class Place: Sendable {
        let folder = FilePath("\(NSTemporaryDirectory())/apus-restore-\(UUID().uuidString)")
        let database: TestDatabase
        let driver: PostgresDriver

        init(_ database: TestDatabase, tools: String? = nil) throws {
            self.database = database
            driver = PostgresDriver(
                connection: try PostgresConnectionString(database.url),
                toolsFolder: tools ?? database.server.tools)
            try FileManager.default.createDirectory(
                atPath: folder.appending("migrations").string, withIntermediateDirectories: true)
        }

        deinit { try? FileManager.default.removeItem(atPath: folder.string) }

        func migrator(jobs: Int? = nil) -> Migrator {
            Migrator(
                driver: driver,
                folder: MigrationFolder(folder.appending("migrations"), dialect: .postgres),
                backups: BackupStore(
                    folder: folder.appending("backups"), options: .init(jobs: jobs)))
        }

        var restored: TestDatabase {
            get throws {
                let name = "\(database.name)_restored"
                return TestDatabase(
                    server: database.server, name: name,
                    url: try database.server.url(database: name))
            }
        }
    }

    private func withPlace(
        _ server: TestServer, tools: String? = nil, _ body: (Place) async throws -> Void
    ) async throws {
        try await server.withDatabase { database in try await body(Place(database, tools: tools)) }
    }

    private static let schema = """
        CREATE TABLE guests (id int PRIMARY KEY, name text NOT NULL, note text DEFAULT 'x');
        INSERT INTO guests SELECT i, 'guest ' || i FROM generate_series(1, 500) i;
        CREATE INDEX guests_name ON guests (name); CREATE SEQUENCE numbers START 7;
        CREATE VIEW names AS SELECT name FROM guests;
        CREATE FUNCTION twice(n int) RETURNS int LANGUAGE sql AS 'SELECT n * 2';
        CREATE TYPE mood AS ENUM ('well', 'ill'); CREATE TABLE empty (m mood, day date)
        """

    @Test(arguments: TestServer.versions, [1, 2])
    func `a backup restores into a database of the same kind`(
        server: TestServer, jobs: Int
    ) async throws {
        try await withPlace(server) { place in
            let name = place.database.name
            try place.database.run(Self.schema)
            try place.database.run(
                """
                ALTER DATABASE \(name) SET search_path = "$user", public, "odd, name";
                ALTER DATABASE \(name) SET work_mem = '8MB'; COMMENT ON DATABASE \(name) IS 'guests';
                ALTER ROLE apus IN DATABASE \(name) SET lock_timeout = '3s';
                REVOKE TEMPORARY ON DATABASE \(name) FROM PUBLIC;
                ALTER DATABASE \(name) CONNECTION LIMIT 50
                """)
            let migrator = place.migrator(jobs: jobs)
            let record = try await migrator.backUp()
            #expect(record.name.hasSuffix(jobs == 1 ? ".dump" : ".dir"))
            let report = try await migrator.restore(RestoreRequest(backup: record.name))
            #expect(report.warnings.isEmpty)
            #expect(report.rows == 500 && report.tables == 2)
            let properties = """
                SELECT concat_ws('|', d.encoding, d.datcollate, d.datctype, d.datconnlimit,
                    shobj_description(d.oid, 'pg_database'), (SELECT string_agg(x::text, ',' ORDER BY x::text)
                    FROM unnest(d.datacl) x), (SELECT string_agg(concat(s.setrole, s.setconfig), ' '
                    ORDER BY s.setrole) FROM pg_db_role_setting s WHERE s.setdatabase = d.oid))
                FROM pg_database d WHERE d.datname = current_database()
                """
            #expect(try place.restored.run(properties) == place.database.run(properties))
            #expect(try place.restored.run("SELECT sum(id) FROM guests") == ["125250"])
            // Statistics are there, so that the first query is planned with them.
            #expect(
                try place.restored.run("SELECT reltuples FROM pg_class WHERE relname = 'guests'")
                    == ["500"])
        }
    }

    @Test
    func `another encoding than the server's own comes back`() async throws {
        try await withPlace(.postgres15) { place in
            let name = "\(place.database.name)_latin"
            try place.database.run(
                "CREATE DATABASE \(name) TEMPLATE template0 ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C'"
            )
            let latin = try Place(
                TestDatabase(
                    server: .postgres15, name: name,
                    url: TestServer.postgres15.url(database: name)))
            try latin.database.run("CREATE TABLE t (a text); INSERT INTO t VALUES (U&'\\00E9')")
            let record = try await latin.migrator().backUp()
            _ = try await latin.migrator().restore(RestoreRequest(backup: record.name))
            #expect(try latin.restored.run("SHOW server_encoding") == ["LATIN1"])
            #expect(try latin.restored.run("SELECT a = U&'\\00E9' FROM t") == ["t"])
        }
    }

    @Test
    func `F75 what a newer pg_dump wrote of an older server restores into that server`()
        async throws
    {
        let newer = try #require(TestServer.postgres18.tools)
        try await withPlace(.postgres15, tools: newer) { place in
            try place.database.run(Self.schema)
            for jobs in [1, 2] {
                let migrator = place.migrator(jobs: jobs)
                let record = try await migrator.backUp()
                let manifest = try #require(
                    FileManager.default.contents(
                        atPath: place.folder.appending("backups/\(record.name).json").string))
                #expect(String(decoding: manifest, as: UTF8.self).contains("pg_dump 18"))
                let report = try await migrator.restore(
                    RestoreRequest(backup: record.name, name: "\(place.database.name)_jobs\(jobs)"))
                #expect(report.rows == 500)
            }
        }
    }

    @Test
    func `F75 what passes over one known error stops at any other`() async throws {
        let newer = try #require(TestServer.postgres18.tools)
        try await withPlace(.postgres15, tools: newer) { place in
            try place.database.run(Self.schema)
            let record = try await place.migrator().backUp()
            // An object that is in the way of what the archive makes.
            let name = "\(place.database.name)_x"
            let target = try place.driver.named(name).restoreTarget
            _ = try await target.begin(.test, like: [])
            let other = try TestDatabase(
                server: .postgres15, name: name, url: TestServer.postgres15.url(database: name))
            try other.run("CREATE TABLE empty (a int)")
            let error = await #expect(throws: DatabaseError.self) {
                try await target.load(
                    from: place.folder.appending("backups/\(record.name)"),
                    RestoreLoading(tool: "pg_dump 18.1", bytes: 1)
                ) { _ in }
            }
            #expect(error?.code == .restoreFailed)
            #expect(error?.detail?.contains("relation \"empty\" already exists") == true)
            try await target.discard()
        }
    }

    @Test(arguments: TestServer.versions)
    func `F67 a restore stops at the first error, and nothing behind it is there`(
        server: TestServer
    ) async throws {
        try await withPlace(server) { place in
            // They are restored in the order of their names.
            try place.database.run(
                "CREATE TABLE a (id int); CREATE TABLE b (id int); CREATE TABLE c (id int)")
            let record = try await place.migrator().backUp()
            let name = "\(place.database.name)_x"
            let target = try place.driver.named(name).restoreTarget
            _ = try await target.begin(.test, like: [])
            let other = try TestDatabase(
                server: server, name: name, url: server.url(database: name))
            try other.run("CREATE TABLE b (other int)")
            let error = await #expect(throws: DatabaseError.self) {
                try await target.load(
                    from: place.folder.appending("backups/\(record.name)"),
                    RestoreLoading(tool: "pg_dump 15.8", bytes: 1)
                ) { _ in }
            }
            #expect(error?.code == .restoreFailed)
            #expect(error?.detail?.contains("relation \"b\" already exists") == true)
            let tables = try other.run(
                "SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
            #expect(!tables.contains("c"), "it has gone on: \(tables)")
            try await target.discard()
        }
    }

    @Test(arguments: TestServer.versions)
    func `F68 a plain script is refused, with a manifest or without`(
        server: TestServer
    ) async throws {
        try await withPlace(server) { place in
            try place.database.run("CREATE TABLE guests (id int)")
            let record = try await place.migrator().backUp()
            let backups = place.folder.appending("backups")
            let script = Data("\\! touch hostile\nCREATE TABLE guests (id int);\n".utf8)
            for name in ["plain.sql", record.name] {
                try script.write(to: URL(filePath: backups.appending(name).string))
            }
            for backup in ["plain.sql", backups.appending("plain.sql").string, record.name] {
                let problems = await #expect(throws: Diagnostics.self, "\(backup)") {
                    try await place.migrator().restore(RestoreRequest(backup: backup))
                }
                #expect(problems?.all.map(\.code) == [.backupFormat], "\(backup)")
            }
            #expect(
                try place.database.run(
                    "SELECT 1 FROM pg_database WHERE datname LIKE '\(place.database.name)_%'"
                ).isEmpty)
        }
    }

    @Test
    func `a restore that fails removes what it made, and says so`() async throws {
        try await TestServer.superuser15.withDatabase { database in
            let role = "gone_\(database.name)"
            try database.run(
                """
                CREATE ROLE \(role); CREATE TABLE a (id int); CREATE TABLE b (id int);
                ALTER TABLE b OWNER TO \(role)
                """)
            let place = try Place(database, tools: TestServer.postgres15.tools)
            let record = try await place.migrator().backUp()
            try database.run("DROP TABLE b; DROP ROLE \(role)")
            let problems = await #expect(throws: Diagnostics.self) {
                try await place.migrator().restore(RestoreRequest(backup: record.name))
            }
            let problem = try #require(problems?.all.first)
            #expect(problem.code == .restoreFailed)
            #expect(problem.details.joined().contains("role \"\(role)\" does not exist"))
            #expect(
                problem.state
                    == "the half-made \(database.name)_restored was removed. \(database.name) was not touched."
            )
            #expect(
                try database.run(
                    "SELECT 1 FROM pg_database WHERE datname LIKE '\(database.name)_%'"
                ).isEmpty)
            let report = try await place.migrator().restore(
                RestoreRequest(backup: record.name, keepsOwners: false))
            #expect(report.tables == 2)
        }
    }

    @Test
    func `F67 an empty database that is there is used, one that is not empty is refused`()
        async throws
    {
        try await withPlace(.postgres15) { place in
            try place.database.run("CREATE TABLE t (a int)")
            let record = try await place.migrator().backUp()
            let name = "\(place.database.name)_given"
            try place.database.run("CREATE DATABASE \(name)")
            let given = try TestDatabase(
                server: .postgres15, name: name, url: TestServer.postgres15.url(database: name))
            for (make, clear) in [
                ("CREATE TABLE x (a int)", "DROP TABLE x"), ("CREATE SCHEMA s", "DROP SCHEMA s"),
                ("CREATE TYPE e AS ENUM ()", "DROP TYPE e"),
                ("SELECT lo_create(7)", "SELECT lo_unlink(7)"),
            ] {
                try given.run(make)
                let problems = await #expect(throws: Diagnostics.self, "\(make)") {
                    try await place.migrator().restore(
                        RestoreRequest(backup: record.name, name: name))
                }
                #expect(problems?.all.first?.code == .restoreOccupied)
                try given.run(clear)
            }
            let report = try await place.migrator().restore(
                RestoreRequest(backup: record.name, name: name))
            #expect(report.database.name == name)
            for server in ["postgres", "template1"] {
                await #expect(throws: Diagnostics.self) {
                    try await place.migrator().restore(
                        RestoreRequest(backup: record.name, name: server))
                }
            }
        }
    }

    @Test(arguments: TestServer.versions)
    func `F67 a database that was there before is never dropped by a restore`(
        server: TestServer
    ) async throws {
        try await withPlace(server) { place in
            try place.database.run("CREATE TABLE t (a int)")
            let record = try await place.migrator().backUp()
            let name = "\(place.database.name)_x"
            try place.database.run("CREATE DATABASE \(name)")
            let target = try place.driver.named(name).restoreTarget
            #expect(try await target.begin(.test, like: []) == false)
            let given = try TestDatabase(
                server: server, name: name, url: server.url(database: name))
            try given.run("CREATE TABLE half (a int)")
            var mark = RestoreMark.test
            mark.wasThere = true
            #expect(try await target.occupant() == .unfinished(mark))
            let error = await #expect(throws: DatabaseError.self) { try await target.discard() }
            #expect(error?.code == .restoreOccupied)
            let problems = await #expect(throws: Diagnostics.self) {
                try await place.migrator().restore(RestoreRequest(backup: record.name, name: name))
            }
            #expect(problems?.all.first?.code == .restoreOccupied)
            #expect(problems?.all.first?.message.contains("was there before it") == true)
            #expect(try given.run("SELECT count(*) FROM half") == ["0"], "it is still there")
            // Emptied, it is what it was.
            try given.run("DROP TABLE half")
            _ = try await place.migrator().restore(RestoreRequest(backup: record.name, name: name))
            #expect(try given.run("SELECT count(*) FROM t") == ["0"])
        }
    }

    @Test func `a backup of a later pg_dump is not called damaged by an older pg_restore`()
        async throws
    {
        try await withPlace(.postgres18) { place in
            try place.database.run("CREATE TABLE t (a int)")
            let record = try await place.migrator().backUp()
            var migrator = place.migrator()
            migrator.driver = PostgresDriver(
                connection: try PostgresConnectionString(place.database.url),
                toolsFolder: TestServer.postgres15.tools)
            let problems = await #expect(throws: Diagnostics.self) {
                try await migrator.verifyBackup(record.name)
            }
            let problem = try #require(problems?.all.first)
            #expect(problem.code == .backupToolMissing)
            #expect(problem.message.hasPrefix("pg_restore 15."))
            #expect(problem.help.first?.hasPrefix("pg_dump 18.") == true)
        }
    }

    @Test(arguments: ["a=b", "postgres://elsewhere/x", "postgresql:///x", ""])
    func `F69 a name that would lead elsewhere is refused`(name: String) throws {
        let error = #expect(throws: DatabaseError.self) {
            _ = try PostgresDriver(connection: PostgresConnectionString("host=h dbname=d"))
                .named(name)
        }
        #expect(error?.code == .configurationInvalid)
    }

    @Test
    func `names that have to be quoted are quoted everywhere`() async throws {
        try await withPlace(.postgres15) { place in
            try place.database.run("CREATE TABLE t (a int); INSERT INTO t VALUES (1)")
            let record = try await place.migrator().backUp()
            for odd in ["it's \"quoted\"", "back\\slash", "-Fp"] {
                let name = "\(place.database.name)\(odd)"
                _ = try await place.migrator().restore(
                    RestoreRequest(backup: record.name, name: name))
                let count = try place.database.run(
                    "SELECT count(*) FROM pg_database WHERE datname = \(name.sqlLiteral)")
                #expect(count == ["1"])
                // The clean-up of the tests does not quote.
                try place.database.run("DROP DATABASE \(name.sqlIdentifier)")
            }
        }
    }

    @Test(arguments: TestServer.versions)
    func `whoever is connected is named, and ended only where that is asked for`(
        server: TestServer
    ) async throws {
        try await withPlace(server) { place in
            try place.database.run("CREATE TABLE t (a int)")
            let record = try await place.migrator().backUp()
            _ = try await place.migrator().restore(RestoreRequest(backup: record.name))
            let other = try place.database.connect()
            let process = try #require(try other.run("SELECT pg_backend_pid()").first ?? nil)
            let restored = "\(place.database.name)_restored"
            let problems = await #expect(throws: Diagnostics.self) {
                try await place.migrator().exchange(with: restored)
            }
            #expect(problems?.all.first?.code == .databaseInUse)
            #expect(
                problems?.all.first?.details.first?.hasPrefix("process \(process) (user apus")
                    == true)
            let exchange = try await place.migrator().exchange(
                with: restored, endingConnections: true)
            #expect(exchange.ended.map(\.processID) == [Int64(process)])
            #expect(throws: (any Error).self) { try other.run("SELECT 1") }
            let kept = try #require(exchange.kept)
            #expect(kept.hasPrefix("\(place.database.name)_replaced_"))
            #expect(
                try await aside {
                    try place.database.run(
                        "SELECT count(*) FROM pg_database WHERE datname IN ('\(kept)', '\(place.database.name)')"
                    )
                } == ["2"])
        }
    }

    @Test(arguments: TestServer.versions)
    func `autovacuum at work in a database is nobody who has to go before it is exchanged`(
        server: TestServer
    ) async throws {
        try await withPlace(server) { place in
            try place.database.run(Self.slowToVacuum)
            let record = try await place.migrator().backUp()
            _ = try await place.migrator().restore(RestoreRequest(backup: record.name))
            try await autovacuumComes(to: place.database)
            let exchange = try await place.migrator().exchange(
                with: "\(place.database.name)_restored")
            #expect(exchange.ended.isEmpty)
        }
    }

    @Test(arguments: TestServer.versions)
    func `autovacuum at work in what a dead restore left does not keep it from being removed`(
        server: TestServer
    ) async throws {
        try await withPlace(server) { place in
            let name = "\(place.database.name)_x"
            let target = try place.driver.named(name).restoreTarget
            _ = try await target.begin(.test, like: [])
            let left = try TestDatabase(
                server: server, name: name, url: server.url(database: name))
            try left.run(Self.slowToVacuum)
            try await autovacuumComes(to: left)
            try await target.discard()
            guard case .none = try await target.occupant() else {
                Issue.record("it is still there")
                return
            }
        }
    }

    /// One page at a time, with a pause behind each: the worker is there until it is ended.
    private static let slowToVacuum = """
        CREATE TABLE busy WITH (autovacuum_vacuum_threshold = 1, \
        autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_cost_delay = 100, \
        autovacuum_vacuum_cost_limit = 1) AS SELECT n FROM generate_series(1, 50000) n
        """

    private func autovacuumComes(to database: TestDatabase) async throws {
        try database.run("DELETE FROM busy")
        try await aside {
            let looking = """
                SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'autovacuum worker' \
                AND datname = '\(database.name)'
                """
            let deadline = ContinuousClock.now + .seconds(120)
            while try plainly(looking, at: try database.server.superuserURL) == ["0"] {
                try #require(.now < deadline, "autovacuum does not come")
                Thread.sleep(forTimeInterval: 0.05)
            }
        }
    }

    @Test
    func `the longest names stay within the server's limit`() throws {
        let long = String(repeating: "ä", count: 31)
        let driver = try PostgresDriver(connection: PostgresConnectionString("dbname=\(long)"))
        let name = driver.restoreTarget.name(adding: "_replaced_20250115_103000")
        #expect(name.utf8.count <= 63 && name.hasSuffix("ä_replaced_20250115_103000"))
        #expect(driver.restoreTarget.name(adding: "") == long)
    }

    @Test(arguments: [
        ("\"$user\", public", ["$user", "public"]), ("", []), ("a,b , c", ["a", "b", "c"]),
        ("\"odd, name\", \"with \"\" quote\"", ["odd, name", "with \" quote"]),
        ("\"\"", [""]),
    ])
    func `a list of names is taken apart as the server does`(text: String, names: [String]) {
        #expect(SettingList.elements(of: text) == names)
    }
}

extension RestoreMark {
    fileprivate static let test = RestoreMark(
        backup: "x.dump", begunAt: "2025-01-15T10:30:00Z", begunBy: "tester@here")
}
