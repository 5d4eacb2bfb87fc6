import ApusCore
import Testing

@testable import ApusLint

@Suite struct LockPredictionTests {
    private static let earlier = """
        CREATE TABLE trips (id bigint PRIMARY KEY, name text);
        CREATE TABLE guests (
            id bigint UNIQUE, trip_id bigint REFERENCES trips (id), phone varchar(20), nights integer,
            CONSTRAINT guests_nights_check CHECK (nights > 0)
        );
        CREATE VIEW arrivals AS SELECT id FROM guests;
        CREATE MATERIALIZED VIEW totals AS SELECT count(*) AS n FROM trips;
        CREATE TABLE stays (night date, room integer) PARTITION BY RANGE (night);
        CREATE TABLE stays_2024 PARTITION OF stays FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
        CREATE TABLE stays_other PARTITION OF stays DEFAULT;
        CREATE INDEX guests_nights_idx ON guests (nights);
        CREATE TABLE prices (id bigint);
        CREATE DOMAIN phone AS text;
        CREATE TABLE calls (number phone);
        """

    /// `guests ACCESS EXCLUSIVE rewrite`; `?` where more may be locked.
    private func predicted(_ sql: String, on version: Int = 18) throws -> String {
        let migration = try Migration.of(
            "1.1.0", up: "-- apus: no-transaction\n\(sql);")
        var forecast = LockForecast(after: [try .of(up: Self.earlier)], on: version)
        let all = forecast.take(migration.up, of: migration.id, .up, in: migration.source)
        let last = try #require(all.last)
        var parts = last.locks.map { lock in
            var text = "\(lock.table) \(lock.mode.name)"
            switch lock.isRewritten {
            case true: text += " rewrite"
            case nil: text += " perhaps-rewrite"
            default: break
            }
            switch lock.isScanned {
            case true where lock.isRewritten != true: text += " scan"
            case nil where lock.isRewritten == false: text += " perhaps-scan"
            default: break
            }
            return text
        }.sorted()
        if !last.isComplete { parts.append("?") }
        return parts.joined(separator: ", ")
    }

    @Test(arguments: [
        ("SELECT 1", ""),
        ("SELECT * FROM guests FOR UPDATE", "guests ROW SHARE perhaps-scan"),
        (
            "SELECT * FROM arrivals",
            "arrivals ACCESS SHARE, guests ACCESS SHARE perhaps-scan"
        ),
        ("WITH guests AS (SELECT 1) SELECT * FROM guests", ""),
        ("INSERT INTO prices VALUES (1)", "prices ROW EXCLUSIVE"),
        ("UPDATE prices SET id = 1", "prices ROW EXCLUSIVE scan"),
        ("DELETE FROM prices WHERE id = 1", "prices ROW EXCLUSIVE perhaps-scan"),
        ("COPY prices TO STDOUT", "prices ACCESS SHARE scan"),
        (
            "CREATE TABLE visits (trip_id bigint REFERENCES trips, LIKE prices)",
            "prices ACCESS SHARE, trips SHARE ROW EXCLUSIVE"
        ),
        ("CREATE VIEW v AS SELECT * FROM arrivals", "arrivals ACCESS SHARE"),
        ("CREATE INDEX ON guests (phone)", "guests SHARE scan"),
        ("CREATE INDEX CONCURRENTLY i ON guests (phone)", "guests SHARE UPDATE EXCLUSIVE scan"),
        ("DROP INDEX guests_nights_idx", "guests ACCESS EXCLUSIVE"),
        ("REINDEX INDEX trips_pkey", "trips SHARE scan"),
        ("VACUUM FULL prices", "prices ACCESS EXCLUSIVE rewrite"),
        (
            "REFRESH MATERIALIZED VIEW totals",
            "totals ACCESS EXCLUSIVE rewrite, trips ACCESS SHARE perhaps-scan"
        ),
        ("LOCK TABLE guests IN SHARE MODE", "guests SHARE"),
        ("COMMENT ON COLUMN guests.id IS 'x'", "guests SHARE UPDATE EXCLUSIVE"),
        ("GRANT SELECT ON guests TO PUBLIC", "guests ACCESS SHARE"),
        ("ALTER DOMAIN phone SET NOT NULL", "calls SHARE scan"),
        ("ALTER DOMAIN phone ADD CHECK (value <> '') NOT VALID", ""),
    ])
    func `a statement takes the locks of its page in the documentation`(
        _ sql: String, _ locks: String
    ) throws {
        #expect(try predicted(sql) == locks)
    }

    @Test(arguments: [
        ("ADD COLUMN note text NOT NULL DEFAULT ''", "guests ACCESS EXCLUSIVE"),
        ("ADD COLUMN note text NOT NULL", "guests ACCESS EXCLUSIVE scan"),
        ("ADD COLUMN key uuid DEFAULT gen_random_uuid()", "guests ACCESS EXCLUSIVE rewrite"),
        ("ADD COLUMN key bigint DEFAULT own()", "guests ACCESS EXCLUSIVE perhaps-rewrite, ?"),
        ("ADD COLUMN number phone", "guests ACCESS EXCLUSIVE"),
        (
            "ADD COLUMN other bigint REFERENCES trips",
            "guests ACCESS EXCLUSIVE, trips SHARE ROW EXCLUSIVE"
        ),
        (
            "ADD FOREIGN KEY (nights) REFERENCES trips (id)",
            "guests SHARE ROW EXCLUSIVE scan, trips SHARE ROW EXCLUSIVE perhaps-scan"
        ),
        ("VALIDATE CONSTRAINT guests_nights_check", "guests SHARE UPDATE EXCLUSIVE"),
        ("ALTER nights SET STATISTICS 10", "guests SHARE UPDATE EXCLUSIVE"),
        ("ALTER phone TYPE text USING trim(phone)", "guests ACCESS EXCLUSIVE rewrite"),
        ("ALTER phone TYPE varchar(10)", "guests ACCESS EXCLUSIVE rewrite"),
        (
            "ALTER trip_id TYPE integer",
            "guests ACCESS EXCLUSIVE rewrite, trips ACCESS EXCLUSIVE perhaps-scan"
        ),
        (
            "DROP CONSTRAINT guests_trip_id_fkey",
            "guests ACCESS EXCLUSIVE, trips ACCESS EXCLUSIVE"
        ),
        ("DROP COLUMN trip_id", "guests ACCESS EXCLUSIVE, trips ACCESS EXCLUSIVE"),
        ("DISABLE TRIGGER USER", "guests SHARE ROW EXCLUSIVE"),
        ("SET (fillfactor = 70)", "guests SHARE UPDATE EXCLUSIVE"),
        (
            "SET (fillfactor = 70), ADD CHECK (id > 0)",
            "guests ACCESS EXCLUSIVE scan"
        ),
    ])
    func `each action of ALTER TABLE has its mode, and the strongest counts`(
        _ action: String, _ locks: String
    ) throws {
        #expect(try predicted("ALTER TABLE guests \(action)") == locks)
    }

    @Test func `what refers to a table, or is referred to, is locked with it`() throws {
        #expect(
            try predicted("DROP TABLE guests CASCADE")
                == "arrivals ACCESS EXCLUSIVE, guests ACCESS EXCLUSIVE, trips ACCESS EXCLUSIVE")
        #expect(
            try predicted("TRUNCATE trips CASCADE")
                == "guests ACCESS EXCLUSIVE rewrite, trips ACCESS EXCLUSIVE rewrite")
    }

    @Test func `partitions are locked with their table, unless it is meant alone`() throws {
        let all = [
            "stays ACCESS EXCLUSIVE", "stays_2024 ACCESS EXCLUSIVE", "stays_other ACCESS EXCLUSIVE",
        ]
        #expect(try predicted("LOCK TABLE stays") == all.joined(separator: ", "))
        #expect(try predicted("LOCK TABLE ONLY stays") == all[0])
        #expect(
            try predicted("CREATE INDEX ON stays (room)")
                == "stays SHARE, stays_2024 SHARE scan, stays_other SHARE scan")
        #expect(
            try predicted(
                "CREATE TABLE stays_2025 PARTITION OF stays FOR VALUES FROM ('2025-01-01') TO ('2026-01-01')"
            ) == "stays ACCESS EXCLUSIVE, stays_other ACCESS EXCLUSIVE scan")
    }

    @Test(arguments: [
        "DO 'BEGIN END'", "CALL own()", "SELECT own()", "CREATE EXTENSION own",
        "INSERT INTO guests (trip_id) VALUES (1)", "DELETE FROM trips", "UPDATE trips SET id = 2",
        "ALTER TABLE guests DROP CONSTRAINT nobody_knows", "DROP INDEX nobody_knows",
        "SELECT * FROM nobody_knows", "VACUUM",
    ])
    func `what cannot be known is said, and not guessed`(_ sql: String) throws {
        #expect(try predicted(sql).hasSuffix("?"))
    }

    @Test func `the server's version counts`() throws {
        #expect(try predicted("GRANT SELECT ON guests TO PUBLIC", on: 15) == "")
    }
}
