import ApusCore
import ApusSQLite
import Foundation
import SystemPackage
import Testing

@testable import ApusEngine

/// What an examination makes of what was seen: values alone, no database.
@Suite struct ExaminationTests {
    private var well: Observations {
        Observations(
            target: DatabaseTarget(name: "guests", location: "db-1:5432"),
            facts: .success(
                ServerFacts(product: "PostgreSQL 15.8", user: "deploy", readOnlyReason: nil)),
            history: .success(History(registry: .present(version: 1))),
            health: .success(DatabaseHealth(bytes: 1000)), lock: .success(.free),
            tools: .success("pg_dump 15.8"), survey: .success(FolderSurvey()), folder: "migrations",
            backups: .success([]), freeBytes: 1 << 40, policy: .always,
            now: Timestamp(microseconds: 1_736_937_000_000_000))
    }

    /// What is not well, as `area level: message | help`.
    private func findings(_ change: (inout Observations) -> Void) -> [String] {
        var seen = well
        change(&seen)
        return Examination(seen: seen).findings.filter { $0.level != .good }.map { finding in
            "\(finding.area.rawValue) \(finding.level.rawValue): \(finding.message)"
                + (finding.help.first.map { " | \($0)" } ?? "")
        }
    }

    private func outcome(_ change: (inout Observations) -> Void) -> DiagnosticCode? {
        var seen = well
        change(&seen)
        return Diagnosis(
            findings: Examination(seen: seen).findings, settings: [], facts: nil
        ).outcome
    }

    @Test func `where all is well, each area says so`() {
        let findings = Examination(seen: well).findings
        #expect(findings.allSatisfy { $0.level == .good })
        #expect(
            findings.map(\.area) == [
                .connection, .rights, .tools, .lock, .sessions, .registry, .migrations, .backups,
                .disk,
            ])
        #expect(outcome { _ in } == nil)
    }

    @Test func `a folder that cannot be written to is an error where backups are wanted`() {
        func told(_ policy: Migrator.BackupPolicy) -> [String] {
            findings {
                $0.unwritable = ("backups", "Permission denied")
                $0.policy = policy
            }.map { String($0.prefix { $0 != "|" }) }
        }
        #expect(
            told(.always) == [
                "backups error: no backup can be written to backups: Permission denied "
            ])
        #expect(
            told(.never) == [
                "backups warning: no backup can be written to backups: Permission denied "
            ])
        #expect(outcome { $0.unwritable = ("backups", "Permission denied") } == .backupFailed)
        #expect(
            findings { $0.exposed = ["backups/a", "backups/b c"] } == [
                "backups warning: other users of this machine may read 2 backups, such as backups/a | keep them for their owner: chmod -R go= backups/a 'backups/b c'"
            ])
    }

    @Test func `F18 a database that is not reached leaves the rest unasked`() {
        let error = DatabaseError(.authenticationFailed, "refused the login", help: ["check it"])
        #expect(
            findings {
                $0.facts = .failure(error)
                ($0.history, $0.health, $0.lock, $0.tools) = (nil, nil, nil, nil)
            } == ["connection error: refused the login | check it"])
        #expect(outcome { $0.facts = .failure(error) } == .authenticationFailed)
    }

    @Test func `F58 a missing right comes with the GRANT to ask for`() {
        func seen(always: Bool) -> (inout Observations) -> Void {
            {
                $0.health = .success(
                    DatabaseHealth(missingRights: [
                        MissingRight(
                            action: "create the schema apus", isAlwaysNeeded: always,
                            grant: "GRANT CREATE ON DATABASE guests TO deploy;")
                    ]))
            }
        }
        #expect(
            findings(seen(always: true)) == [
                "rights error: deploy may not create the schema apus | GRANT CREATE ON DATABASE guests TO deploy;"
            ])
        #expect(outcome(seen(always: true)) == .insufficientPrivilege)
        #expect(outcome(seen(always: false)) == nil)
    }

    @Test func `F15 F16 a standby and a transaction pooler are errors`() {
        #expect(
            outcome {
                $0.facts = .success(
                    ServerFacts(product: "x", user: "y", readOnlyReason: "hot standby"))
            } == .readOnlyServer)
        #expect(
            outcome {
                $0.health = .success(
                    DatabaseHealth(obstacles: [DatabaseError(.transactionPooler, "a pooler")]))
            } == .transactionPooler)
    }

    @Test func `F63 a missing tool is an error, unless no backup is wanted`() {
        let error = DatabaseError(.backupToolMissing, "no pg_dump", help: ["apt-get install it"])
        #expect(
            findings { $0.tools = .failure(error) } == [
                "tools error: no pg_dump | apt-get install it"
            ])
        #expect(
            outcome {
                $0.tools = .failure(error)
                $0.policy = .never
            } == nil)
    }

    @Test func `a lock that is held is told with its run, a run that died with the repair`() {
        let holder = LockHolder(processID: 4711, user: "ana", state: "active", since: .seconds(90))
        #expect(
            findings {
                $0.lock = .success(.held(holder))
                $0.history = .success(
                    History(registry: .present(version: 1), openRuns: [RunID(7)]))
            } == [
                "lock notice: held by pid 4711 (ana, active, 90 s): run 7 is going on | wait for it: apus wait"
            ])
        #expect(
            findings {
                $0.history = .success(
                    History(registry: .present(version: 1), openRuns: [RunID(7)]))
            } == [
                "lock warning: run 7 never ended, and nobody holds the lock | close it: apus repair resume"
            ])
    }

    @Test func `sessions that block for too long are told, the others not`() {
        func blocker(_ kind: Blocker.Kind, _ seconds: Int64, tables: [String]) -> Blocker {
            Blocker(
                kind: kind, holder: LockHolder(processID: 9, state: "x", since: .seconds(seconds)),
                tables: tables, remedy: "SELECT pg_terminate_backend(9);")
        }
        func told(_ blockers: Blocker...) -> [String] {
            findings { $0.health = .success(DatabaseHealth(blockers: blockers)) }
        }
        #expect(
            told(
                blocker(.idleInTransaction, 29, tables: ["public.a"]),
                blocker(.statement, 59, tables: ["public.a"]),
                blocker(.statement, 600, tables: [])
            ).isEmpty)
        #expect(
            told(blocker(.idleInTransaction, 1500, tables: ["public.a", "public.b"]))
                == [
                    "sessions warning: pid 9 (x, 1500 s), with locks on public.a, public.b | end it, if nobody misses it: SELECT pg_terminate_backend(9);"
                ].map { $0.replacing("1500 s", with: "25 min") })
        #expect(told(blocker(.statement, 61, tables: ["public.a"])).count == 1)
        #expect(
            told(blocker(.prepared("two"), 90, tables: ["public.a"])).first?.hasPrefix(
                "sessions warning: the prepared transaction \"two\" waits for its commit since 90 s"
            ) == true)
    }

    @Test func `F29 an invalid index is told with both ways to mend it`() {
        #expect(
            findings {
                $0.health = .success(
                    DatabaseHealth(invalidIndexes: [
                        InvalidIndex(name: "public.i", table: "public.t"),
                        InvalidIndex(name: "public.j", table: "public.t", builder: 4),
                    ]))
            } == [
                "indexes warning: public.i on public.t is not valid | build it again: REINDEX INDEX CONCURRENTLY public.i;",
                "indexes notice: public.j on public.t is being built by process 4 | wait for it, and look again: apus doctor",
            ])
    }

    @Test func `F59 F60 what stands in the registry's place is told`() {
        #expect(
            outcome { $0.history = .success(History(registry: .absent(userTables: 2))) }
                == .tablesWithoutHistory)
        #expect(
            outcome { $0.history = .failure(DatabaseError(.registryForeign, "not ours")) }
                == .registryForeign)
        #expect(
            findings { $0.health = .success(DatabaseHealth(strayRows: ["1 journal row of run 9"])) }
                .count == 1)
    }

    @Test func `the gravest comes first in what the command ends with`() {
        #expect(
            outcome {
                $0.facts = .success(
                    ServerFacts(product: "x", user: "y", readOnlyReason: "hot standby"))
                $0.tools = .failure(DatabaseError(.backupToolMissing, "none"))
            } == .readOnlyServer)
    }

    // MARK: Backups

    private func backup(
        days: Int = 1, problem: String? = nil, isVerified: Bool = true
    ) -> BackupEntry {
        let taken = Timestamp(microseconds: well.now.microseconds - Int64(days) * 86_400_000_000)
        return BackupEntry(
            name: "b.dump", path: "backups/b.dump", bytes: 4_200_000, takenAt: taken.isoText,
            engine: "postgres", database: "guests", provider: "dump",
            isVerified: isVerified, problem: problem)
    }

    @Test func `the last backup is told with its age, and a damaged one is an error`() {
        #expect(findings { $0.backups = .success([backup()]) }.isEmpty)
        #expect(
            findings { $0.backups = .success([backup(days: 8)]) } == [
                "backups notice: the last one is b.dump, 4.2 MB, as large as its manifest says, 8 days old | take another: apus backup"
            ])
        #expect(
            outcome { $0.backups = .success([backup(problem: "it has 3 bytes"), backup(days: 2)]) }
                == .backupDamaged)
        #expect(
            findings { $0.backups = .success([backup(isVerified: false)]) }.first?.hasPrefix(
                "backups warning: the last one is b.dump") == true)
    }

    @Test func `nobody is sent to a primary server for a file`() {
        #expect(!DatabaseEngine.sqlite.adviceWhereReadOnly.contains("server"))
        #expect(DatabaseEngine.postgres.adviceWhereReadOnly == "connect to the primary server")
    }

    // MARK: Whatever it is

    /// Something wrong in each way that there is.
    private static let troubles: [@Sendable (inout Observations) -> Void] = [
        { $0.facts = .failure(DatabaseError(.cannotConnect, "no answer")) },
        {
            $0.facts = .success(
                ServerFacts(product: "x", user: "y", readOnlyReason: "hot standby"))
        },
        {
            $0.health = .success(
                DatabaseHealth(obstacles: [DatabaseError(.transactionPooler, "a pooler")]))
        },
        { $0.health = .failure(DatabaseError(.statementFailed, "no")) },
        { $0.lock = .failure(DatabaseError(.statementFailed, "no")) },
        { $0.history = .failure(DatabaseError(.registryForeign, "no")) },
        { $0.history = .success(History(registry: .absent(userTables: 3))) },
        { $0.history = .success(History(registry: .present(version: 4), openRuns: [RunID(7)])) },
        { $0.tools = .failure(DatabaseError(.backupToolMissing, "none")) },
        { $0.lock = .success(.held(LockHolder(processID: 7))) },
        {
            $0.health = .success(
                DatabaseHealth(
                    missingRights: [
                        MissingRight(
                            action: "x", isAlwaysNeeded: true, grant: "GRANT x ON y TO z;")
                    ],
                    blockers: [.unseen, .writer, .idleInTransaction].map {
                        Blocker(
                            kind: $0, holder: LockHolder(since: .seconds(900)), tables: ["t"],
                            remedy: nil)
                    },
                    invalidIndexes: [
                        InvalidIndex(name: "i", table: "t"),
                        InvalidIndex(name: "i", table: "t", builder: 7),
                    ], strayRows: ["1 journal row of run 9"]))
        },
        { $0.survey = .failure(Diagnostics([Diagnostic(.fileUnreadable, "no folder")])) },
        {
            $0.backups = .failure(Diagnostics([Diagnostic(.fileUnreadable, "no folder")]))
            $0.leftovers = ["backups/x.partial"]
        },
        {
            $0.space = BackupSpace(databaseBytes: 1 << 30, earlier: nil, isPlainCopy: true)
            $0.freeBytes = 1
        },
    ]

    @Test(arguments: troubles.indices)
    func `whatever is not well comes with a command that mends it`(trouble: Int) {
        var seen = well
        Self.troubles[trouble](&seen)
        let bad = Examination(seen: seen).findings.filter { $0.level != .good }
        #expect(!bad.isEmpty)
        for finding in bad {
            let isCommand = finding.help.contains {
                $0.contains("apus ") || $0.hasSuffix(";") || $0.contains("rm -r ")
            }
            #expect(isCommand, "\(finding.area.rawValue): \(finding.message): \(finding.help)")
        }
    }

    @Test func `F64 a disk that is too full for the next backup is an error`() {
        #expect(
            outcome {
                $0.space = BackupSpace(
                    databaseBytes: 1 << 30, earlier: nil, isPlainCopy: true)
                $0.freeBytes = 1 << 30
            } == .backupSpace)
    }
}

/// The same, of a real folder and database.
@Suite struct DiagnosisTests {
    private let work: Workplace

    init() throws {
        work = try Workplace()
        try work.migration("1.0.0 users")
    }

    private func findings(_ migrator: Migrator? = nil) async -> [String] {
        await (migrator ?? work.migratorWithBackups()).diagnose().findings
            .filter { $0.level > .good }.map {
                "\($0.area.rawValue) \($0.level.rawValue): \($0.message)"
            }
    }

    @Test func `a project before its first run is well`() async {
        #expect(await findings().isEmpty)
        #expect(!work.exists(work.database))
    }

    @Test func `what is pending, edited and without a backup is told`() async throws {
        try await work.migrator().migrate()
        #expect(await findings() == ["backups warning: there is no backup yet"])
        try work.migration("1.1.0 rooms")
        try work.migration("1.0.0 users", up: "CREATE TABLE users (b INTEGER);")
        let found = await findings()
        #expect(found.count == 3)
        #expect(found[0].hasPrefix("migrations error: 1.0.0 users was edited"))
        #expect(found[1] == "migrations notice: 1 migration pending: 1.1.0 rooms")
    }

    @Test func `a stored text that is not what its checksum says is found`() async throws {
        try await work.migrator().migrate()
        try await work.perform("UPDATE apus_migrations SET source = x'2d2d';")
        let diagnosis = await work.migrator().diagnose()
        #expect(diagnosis.outcome == .registryForeign)
        #expect(
            diagnosis.findings.contains { $0.message.contains("the history keeps of 1.0.0 users") })
    }

    @Test func `F65 F66 the last backup is read, and one that is gone or damaged is an error`()
        async throws
    {
        try await work.migrator().migrate()
        let backup = try await work.migratorWithBackups().backUp()
        #expect(await findings().isEmpty)
        let path = work.backups.appending(backup.name)
        var bytes = try work.bytes(path)
        bytes[bytes.count / 2] ^= 1
        try work.write(bytes, to: path)
        #expect(
            await findings().first?.hasPrefix(
                "backups error: the last backup, \(backup.name), is damaged: manifest: ") == true)
        try FileManager.default.removeItem(atPath: path.string)
        #expect(
            await findings() == [
                "backups error: the last backup, \(backup.name), is damaged: its file is gone"
            ])
    }

    @Test func `everything that is broken is told at once`() async throws {
        try work.write("this is no database, and long enough to be looked at", to: work.database)
        try FileManager.default.removeItem(atPath: work.migrations.string)
        let areas = await work.migratorWithBackups().diagnose().findings
            .filter { $0.level == .error }.map(\.area)
        #expect(Set(areas) == [.connection, .migrations])
    }
}
