import ApusCore
import ApusEngine
import ApusSQLite
import ApusTesting
import Synchronization
import Testing

/// Data migrations that are written in Swift, in the application.
@Suite struct `A data migration in Swift` {
    final class Upper: DataMigration {
        let name = "Upper"
        let seen = Mutex<[Int]>([])
        let failsAt: String?

        init(failsAt: String? = nil) { self.failsAt = failsAt }

        func perform(_ batch: DataBatch, in session: any DataSession) async throws {
            seen.withLock { $0.append(batch.rows.count) }
            for row in batch.rows {
                struct Refused: Error {}
                if row["id"] == failsAt { throw Refused() }
                let changed = try await session.execute(
                    "UPDATE guests SET locale = $1 WHERE id = $2",
                    [.text("\(row["country"]?.uppercased() ?? "")'"), .text(row["id"] ?? "")])
                #expect(changed == 1)
            }
            let done = try await session.rows(
                of: "SELECT count(*) AS n FROM guests WHERE locale IS NOT NULL", [])
            #expect(done.first?["n"] != nil)
        }
    }

    private func place() throws -> Workplace {
        let place = try Workplace()
        try place.migration(
            "1.0.0 guests",
            up: """
                CREATE TABLE guests (id INTEGER PRIMARY KEY, country TEXT, locale TEXT);
                INSERT INTO guests (id, country) WITH RECURSIVE n (i) AS
                    (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 25) SELECT i, 'si' FROM n;
                """)
        try place.migration(
            "1.1.0 upper",
            up: """
                -- apus: batch table=guests key=id size=10 target=0 handler=Upper
                SELECT id, country FROM guests WHERE id BETWEEN :start AND :end;
                """, down: "UPDATE guests SET locale = NULL;")
        return place
    }

    private func migrator(_ place: Workplace, _ handlers: any DataMigration...) -> Migrator {
        var migrator = Migrator(driver: place.driver, folder: place.folder)
        migrator.dataMigrations = handlers
        return migrator
    }

    @Test func `that watches the load asks for it once before its first batch`() async throws {
        let place = try Workplace()
        try place.migration(
            "1.0.0 fill",
            up: """
                -- apus: batch table=guests key=id max-active=5
                UPDATE guests SET locale = 'sl' WHERE id BETWEEN :start AND :end;
                """, down: "SELECT 1;")
        let driver = InMemoryDriver()
        let report = try await Migrator(driver: driver, folder: place.folder).migrate()
        #expect(report.failure == nil)
        // The driver has no rows: the first batch is the last one.
        #expect(driver.loads == 1)
    }

    @Test func `is given the rows of each batch, and writes in its transaction`() async throws {
        let place = try place()
        let upper = Upper()
        let report = try await migrator(place, upper).migrate()
        #expect(report.failure == nil)
        #expect(upper.seen.withLock(\.self) == [10, 10, 5])
        let progress = try await migrator(place).dataProgress()
        #expect(progress.map(\.state) == [.done] && progress[0].rowsDone == 25)
    }

    @Test func `that throws loses its batch alone, and goes on there`() async throws {
        let place = try place()
        let report = try await migrator(place, Upper(failsAt: "15")).migrate()
        #expect(report.failure?.code == .partialState)
        let stopped = try await migrator(place).dataProgress()
        #expect(stopped.map(\.rowsDone) == [10] && stopped[0].batchesDone == 1)
        let again = Upper()
        #expect(try await migrator(place, again).migrate().failure == nil)
        #expect(again.seen.withLock(\.self) == [10, 5])
    }

    @Test func `that is not registered is refused before anything is begun, unless it is left`()
        async throws
    {
        let place = try place()
        let refused = try await migrator(place).migrate()
        #expect(refused.failure?.code == .handlerUnknown)
        #expect(try await migrator(place).dataProgress().isEmpty)
        var leaving = migrator(place)
        leaving.options.planning.leavesBatches = true
        #expect(try await leaving.migrate().failure == nil)
        let upper = Upper()
        let left = try await migrator(place, upper).work(until: .whenIdle)
        #expect(left.isEmpty && upper.seen.withLock(\.self) == [10, 10, 5])
    }
}
