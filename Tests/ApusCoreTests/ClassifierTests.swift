import ApusCore
import Testing

@Suite struct ClassifierTests {
    static func kind(_ statement: String, _ dialect: DatabaseEngine) -> StatementKind {
        let bytes = Array(statement.utf8)
        return StatementClassifier.kind(of: 0..<bytes.count, in: bytes.span, dialect: dialect)
    }

    @Test(arguments: [
        ("BEGIN", StatementKind.begin), ("begin isolation level serializable", .begin),
        ("START TRANSACTION READ ONLY", .begin),
        ("COMMIT", .commit), ("COMMIT WORK", .commit), ("END TRANSACTION", .commit),
        ("COMMIT AND NO CHAIN", .commit), ("END AND CHAIN", .otherTransactionControl),
        ("COMMIT WORK AND /* c */ CHAIN", .otherTransactionControl),
        ("COMMIT PREPARED 'x'", .otherTransactionControl),
        ("ROLLBACK PREPARED 'x'", .otherTransactionControl),
        ("PREPARE TRANSACTION 'x'", .otherTransactionControl),
        ("PREPARE p AS SELECT 1", .plain),
        ("ROLLBACK", .otherTransactionControl), ("ROLLBACK AND CHAIN", .otherTransactionControl),
        ("ABORT WORK", .otherTransactionControl),
        ("ROLLBACK TO s", .plain), ("ROLLBACK WORK TO SAVEPOINT s", .plain),
        ("SAVEPOINT s", .plain), ("RELEASE SAVEPOINT s", .plain),
        ("/* c */ -- d\n COMMIT", .commit), ("\"BEGIN\"", .plain), ("'COMMIT'", .plain),
    ])
    func `F34: PostgreSQL's transaction control is recognised`(
        _ statement: String, _ expected: StatementKind
    ) {
        #expect(Self.kind(statement, .postgres) == expected)
    }

    @Test(arguments: [
        "VACUUM", "vacuum (full) t", "CREATE DATABASE d", "DROP DATABASE IF EXISTS d",
        "ALTER DATABASE d SET TABLESPACE s", "CREATE TABLESPACE s LOCATION 'x'",
        "DROP TABLESPACE s", "ALTER SYSTEM SET a = 1", "DROP INDEX CONCURRENTLY IF EXISTS i",
        "REINDEX TABLE CONCURRENTLY t", "REINDEX (VERBOSE, CONCURRENTLY) INDEX i",
        "REINDEX (CONCURRENTLY TRUE) INDEX i", "REINDEX DATABASE d", "REINDEX SYSTEM d",
        "REINDEX (VERBOSE) SCHEMA s", "CLUSTER", "CLUSTER VERBOSE", "CLUSTER (VERBOSE)",
        "CREATE SUBSCRIPTION s CONNECTION 'c' PUBLICATION p",
        "CREATE SUBSCRIPTION s CONNECTION 'c' PUBLICATION p WITH (enabled = false)",
        "DROP SUBSCRIPTION s", "ALTER SUBSCRIPTION s REFRESH PUBLICATION",
        "ALTER SUBSCRIPTION s SET PUBLICATION p", "ALTER SUBSCRIPTION s SET (failover = true)",
        "ALTER TABLE a.t DETACH PARTITION b.p CONCURRENTLY",
        "ALTER TABLE IF EXISTS ONLY t DETACH PARTITION \"concurrently\" CONCURRENTLY",
    ])
    func `F32: PostgreSQL refuses this in a transaction`(_ statement: String) {
        #expect(Self.kind(statement, .postgres) == .outsideTransaction)
    }

    @Test(arguments: [
        "ANALYZE", "ALTER DATABASE d SET a = 1", "ALTER DATABASE d RENAME TO e",
        "DROP INDEX i", "DROP INDEX \"concurrently\"", "CREATE INDEX ON t (a)",
        "CREATE INDEX \"concurrently\" ON t (a)", "CREATE UNIQUE INDEX IF NOT EXISTS i ON t (a)",
        "REINDEX TABLE t", "REINDEX (CONCURRENTLY FALSE) INDEX i", "CLUSTER t", "CLUSTER t USING i",
        "CLUSTER (VERBOSE) t",
        "CREATE SUBSCRIPTION s CONNECTION 'c' PUBLICATION p WITH (connect = false)",
        "CREATE SUBSCRIPTION s CONNECTION 'c' PUBLICATION p WITH (slot_name = none, create_slot = 'off')",
        "ALTER SUBSCRIPTION s DISABLE",
        "ALTER SUBSCRIPTION s ADD PUBLICATION p WITH (refresh = false)",
        "ALTER SUBSCRIPTION s SET (synchronous_commit = off)",
        "ALTER TABLE t DETACH PARTITION p", "ALTER TABLE t DETACH PARTITION p FINALIZE",
        "ALTER TABLE t ADD COLUMN concurrently int", "DISCARD TEMP",
        "REFRESH MATERIALIZED VIEW CONCURRENTLY v", "ALTER TYPE t RENAME VALUE 'x' TO 'y'",
        "SELECT vacuum FROM t", "(SELECT 1)", "CREATE TABLE database (a int)", "",
    ])
    func `PostgreSQL takes this in a transaction`(_ statement: String) {
        #expect(Self.kind(statement, .postgres) == .plain)
    }

    @Test(arguments: [
        "DISCARD ALL", "discard /* x */ all", "SELECT pg_advisory_unlock_all()",
        "SELECT a, pg_catalog.PG_Advisory_Unlock_All() FROM t",
        "WITH x AS (SELECT pg_advisory_unlock_all()) SELECT 1",
        "DO $$ BEGIN PERFORM pg_advisory_unlock_all(); END $$",
        "DO LANGUAGE plpgsql 'BEGIN PERFORM pg_catalog.pg_advisory_unlock_all(); END'",
    ])
    func `F13: what lets go of every lock is recognised`(_ statement: String) {
        #expect(Self.kind(statement, .postgres) == .releasesLocks)
    }

    @Test(arguments: [
        "SELECT pg_advisory_unlock(4711)", "DISCARD PLANS", "DO $$ BEGIN NULL; END $$",
        "SELECT 1 -- pg_advisory_unlock_all()", "SELECT pg_advisory_unlock_all_of_mine()",
        "DO $$ BEGIN PERFORM pg_advisory_unlock_all_of_mine(); END $$",
    ])
    func `F13: what releases a lock of its own is not`(_ statement: String) {
        #expect(Self.kind(statement, .postgres) == .plain)
    }

    @Test(arguments: [
        "CREATE INDEX CONCURRENTLY i ON t (a)", "create unique index concurrently on t (a)",
        "CREATE /* c */ INDEX -- d\n CONCURRENTLY IF NOT EXISTS i ON t (a)",
    ])
    func `an index that is built concurrently is recognised`(_ statement: String) {
        #expect(Self.kind(statement, .postgres) == .createIndexConcurrently)
    }

    @Test(arguments: [
        ("BEGIN IMMEDIATE", StatementKind.begin), ("begin exclusive transaction", .begin),
        ("COMMIT", .commit), ("END TRANSACTION", .commit), ("ROLLBACK", .otherTransactionControl),
        ("ROLLBACK TRANSACTION", .otherTransactionControl), ("ROLLBACK TO s", .plain),
        ("ROLLBACK TRANSACTION TO SAVEPOINT s", .plain), ("SAVEPOINT s", .plain),
        ("RELEASE s", .plain), ("VACUUM INTO 'x'", .outsideTransaction),
        ("ATTACH 'x' AS y", .outsideTransaction), ("DETACH DATABASE y", .outsideTransaction),
        ("PRAGMA journal_mode = WAL", .outsideTransaction), ("PRAGMA journal_mode", .plain),
        ("pragma main.Journal_Mode(wal)", .outsideTransaction),
        ("PRAGMA \"journal_mode\" = off", .outsideTransaction),
        ("PRAGMA synchronous = OFF", .outsideTransaction),
        ("PRAGMA temp_store = 2", .outsideTransaction),
        ("PRAGMA wal_checkpoint", .outsideTransaction), ("PRAGMA foreign_keys = OFF", .plain),
        ("PRAGMA user_version = 3", .plain), ("START TRANSACTION", .plain), ("ABORT", .plain),
    ])
    func `F81: SQLite's statements are classified`(
        _ statement: String, _ expected: StatementKind
    ) {
        #expect(Self.kind(statement, .sqlite) == expected)
    }

    @Test func `the leading words are those before anything else`() {
        func words(_ statement: String, _ limit: Int) -> [String] {
            let bytes = Array(statement.utf8)
            return StatementClassifier.leadingWords(
                of: 0..<bytes.count, in: bytes.span, dialect: .postgres, limit: limit)
        }
        #expect(words("create /* c */ table guest (a int)", 9) == ["CREATE", "TABLE", "GUEST"])
        #expect(words("create table guest", 2) == ["CREATE", "TABLE"])
        #expect(words("(select 1)", 2) == [])
    }
}
