import ApusEngine
import Testing

@Suite struct `What a rebuild breaks silently (F80)` {
    @Test func `a lost AUTOINCREMENT mark is told of`() async throws {
        let database = try TemporaryDatabase()
        let tried = try await database.apply([
            database.migration(
                "1.0.0",
                """
                CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, a TEXT);
                INSERT INTO t VALUES (41, 'x'), (3, 'y');
                DELETE FROM t WHERE id = 41;
                CREATE TABLE u (id INTEGER PRIMARY KEY AUTOINCREMENT);
                INSERT INTO u VALUES (7);
                """),
            database.migration(
                "1.1.0",
                """
                CREATE TABLE t_new (id INTEGER PRIMARY KEY AUTOINCREMENT, a TEXT NOT NULL);
                INSERT INTO t_new SELECT * FROM t;
                DROP TABLE t;
                ALTER TABLE t_new RENAME TO t;
                CREATE TABLE u_new (id INTEGER PRIMARY KEY);
                INSERT INTO u_new SELECT * FROM u;
                DROP TABLE u;
                ALTER TABLE u_new RENAME TO u;
                """),
        ])
        #expect(tried.allSatisfy { $0.failure == nil })
        #expect(
            tried[1].notices == [
                "the AUTOINCREMENT mark of t went back from 41 to 3: ids may be given out twice",
                "the AUTOINCREMENT mark of u is lost (it was 7): ids may be given out twice",
            ])
    }

    @Test func `views and triggers that stop working are told of, once`() async throws {
        let database = try TemporaryDatabase()
        let tried = try await database.apply([
            database.migration(
                "1.0.0",
                """
                CREATE TABLE t (a INTEGER, b INTEGER);
                CREATE TABLE log (a INTEGER);
                CREATE VIEW v AS SELECT a, b FROM t;
                CREATE TRIGGER logs AFTER UPDATE OF b ON t BEGIN INSERT INTO log VALUES (NEW.a); END;
                """),
            database.migration(
                "1.1.0", "DROP TABLE log;\nDROP TABLE t;\nCREATE TABLE t (a INTEGER);"),
            database.migration("1.2.0", "CREATE TABLE w (a INTEGER);"),
        ])
        #expect(tried.allSatisfy { $0.failure == nil })
        #expect(
            tried[1].notices == [
                "the trigger logs is lost: it was dropped with t, and not made again",
                "reads of the view v no longer work: no such column: b",
            ])
        #expect(tried[2].notices.isEmpty)
    }

    @Test func `a trigger whose target goes is told of`() async throws {
        let database = try TemporaryDatabase()
        let tried = try await database.apply([
            database.migration(
                "1.0.0",
                """
                CREATE TABLE t (a INTEGER, b INTEGER);
                CREATE TABLE log (a INTEGER);
                CREATE TRIGGER logs AFTER UPDATE OF b ON t BEGIN INSERT INTO log VALUES (NEW.a); END;
                """),
            database.migration("1.1.0", "DROP TABLE log;"),
        ])
        #expect(tried[1].notices == ["triggers of t no longer work: no such table: main.log"])
    }

    @Test func `a view that can only be inserted into is not broken`() async throws {
        let database = try TemporaryDatabase()
        let tried = try await database.apply([
            database.migration(
                "1.0.0",
                """
                CREATE TABLE t (a INTEGER);
                CREATE VIEW v AS SELECT a FROM t;
                CREATE TRIGGER v_insert INSTEAD OF INSERT ON v
                    BEGIN INSERT INTO t (a) VALUES (NEW.a); END;
                """),
            database.migration("1.1.0", "ALTER TABLE t ADD COLUMN b TEXT;"),
        ])
        #expect(tried.allSatisfy { $0.failure == nil && $0.notices.isEmpty })
    }

    @Test func `triggers of a view that does not compile have its reason`() async throws {
        let database = try TemporaryDatabase()
        let tried = try await database.apply([
            database.migration(
                "1.0.0",
                """
                CREATE TABLE t (a INTEGER, b INTEGER);
                CREATE VIEW v AS SELECT a, b FROM t;
                CREATE TRIGGER v_update INSTEAD OF UPDATE ON v
                    BEGIN UPDATE t SET a = NEW.a; END;
                """),
            database.migration(
                "1.1.0", "DROP TABLE t;\nCREATE TABLE t (a INTEGER);"),
        ])
        #expect(tried.allSatisfy { $0.failure == nil })
        #expect(
            tried[1].notices == [
                "reads of the view v no longer work: no such column: b",
                "triggers of v no longer work: no such column: b",
            ])
    }

    @Test func `a rebuild that keeps everything is silent`() async throws {
        let database = try TemporaryDatabase()
        let tried = try await database.apply([
            database.migration(
                "1.0.0",
                "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT);\nINSERT INTO t VALUES (9);"),
            database.migration(
                "1.1.0",
                """
                CREATE TABLE n (id INTEGER PRIMARY KEY AUTOINCREMENT, b TEXT);
                INSERT INTO n (id) SELECT id FROM t;
                DROP TABLE t;
                ALTER TABLE n RENAME TO t;
                """),
        ])
        #expect(tried.allSatisfy { $0.failure == nil && $0.notices.isEmpty })
    }

    @Test func `indexes and triggers that went with their table are told of`() async throws {
        let database = try TemporaryDatabase()
        let tried = try await database.apply([
            database.migration(
                "1.0.0",
                """
                CREATE TABLE t (a INTEGER, b INTEGER);
                CREATE INDEX t_a ON t (a);
                CREATE INDEX t_b ON t (b);
                CREATE INDEX t_ab ON t (a, b);
                CREATE TRIGGER t_kept AFTER INSERT ON t BEGIN SELECT 1; END;
                CREATE TRIGGER t_lost AFTER INSERT ON t BEGIN SELECT 2; END;
                CREATE TRIGGER t_dropped AFTER INSERT ON t BEGIN SELECT 3; END;
                """),
            database.migration(
                "1.1.0",
                """
                DROP INDEX t_b;
                DROP TRIGGER t_dropped;
                CREATE TABLE n (a TEXT, b INTEGER);
                INSERT INTO n SELECT * FROM t;
                DROP TABLE t;
                ALTER TABLE n RENAME TO t;
                CREATE INDEX t_a ON t (a);
                CREATE TRIGGER t_kept AFTER INSERT ON t BEGIN SELECT 1; END;
                """),
        ])
        #expect(tried.allSatisfy { $0.failure == nil })
        #expect(
            tried[1].notices == [
                "the index t_ab is lost: it was dropped with t, and not made again",
                "the trigger t_lost is lost: it was dropped with t, and not made again",
            ])
    }

    @Test func `a table that is dropped for good takes its indexes without a word`() async throws {
        let database = try TemporaryDatabase()
        let tried = try await database.apply([
            database.migration("1.0.0", "CREATE TABLE t (a INTEGER);\nCREATE INDEX t_a ON t (a);"),
            database.migration("1.1.0", "DROP TABLE t;"),
        ])
        #expect(tried.allSatisfy { $0.failure == nil && $0.notices.isEmpty })
    }
}
