import ApusCore

/// What the suite runs, in the dialect of the driver that it tests.
struct ConformanceScripts {
    let engine: DatabaseEngine

    /// How many tables there are of a name.
    func countTables(_ name: String) -> String {
        switch engine {
        case .postgres: "SELECT count(*) FROM pg_catalog.pg_tables WHERE tablename = '\(name)'"
        case .sqlite: "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = '\(name)'"
        }
    }

    /// How many tables there are of anybody's.
    var countAllTables: String {
        switch engine {
        case .postgres:
            "SELECT count(*) FROM pg_catalog.pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
        case .sqlite: "SELECT count(*) FROM sqlite_schema"
        }
    }

    /// A table of somebody else's under the name of the history table, with one row.
    var makeForeignRegistry: [String] {
        switch engine {
        case .postgres:
            [
                "CREATE SCHEMA apus", "CREATE TABLE apus.migrations (id integer, title text)",
                "INSERT INTO apus.migrations VALUES (1, 'theirs')",
            ]
        case .sqlite:
            [
                "CREATE TABLE apus_migrations (id integer, title text)",
                "INSERT INTO apus_migrations VALUES (1, 'theirs')",
            ]
        }
    }

    var readForeignRegistry: String {
        switch engine {
        case .postgres: "SELECT title FROM apus.migrations"
        case .sqlite: "SELECT title FROM apus_migrations"
        }
    }

    /// Gives the key of the table `filled` another type.
    var retypeKey: [String] {
        switch engine {
        case .postgres: ["ALTER TABLE filled ALTER COLUMN id TYPE text"]
        case .sqlite:
            [
                "CREATE TABLE other (id TEXT NOT NULL PRIMARY KEY, times integer NOT NULL DEFAULT 0)",
                "INSERT INTO other SELECT * FROM filled", "DROP TABLE filled",
                "ALTER TABLE other RENAME TO filled",
            ]
        }
    }

    var makeRegistryNewer: String {
        switch engine {
        case .postgres: "UPDATE apus.settings SET value = '999' WHERE name = 'registry'"
        case .sqlite: "UPDATE apus_settings SET value = '999' WHERE name = 'registry'"
        }
    }

    /// Makes version 1 of the registry out of the current one.
    var makeRegistryOld: [String] {
        switch engine {
        case .postgres:
            [
                "DROP TABLE apus.step_waits", "DROP TABLE apus.step_locks",
                "DROP TABLE apus.schedule", "DROP TABLE apus.batches",
                "DROP TABLE apus.rehearsals", "ALTER TABLE apus.runs DROP COLUMN schema_digest",
                "ALTER TABLE apus.runs DROP COLUMN plan",
                "ALTER TABLE apus.migrations DROP COLUMN schema_digest", "DROP TABLE apus.schemas",
                "DROP TABLE apus.audit", "DROP FUNCTION apus.refuse_change()",
                "UPDATE apus.settings SET value = '1' WHERE name = 'registry'",
            ]
        case .sqlite:
            [
                "DROP TABLE apus_step_waits", "DROP TABLE apus_step_locks",
                "DROP TABLE apus_schedule", "DROP TABLE apus_batches",
                "DROP TABLE apus_rehearsals", "ALTER TABLE apus_runs DROP COLUMN schema_digest",
                "ALTER TABLE apus_runs DROP COLUMN plan",
                "ALTER TABLE apus_migrations DROP COLUMN schema_digest", "DROP TABLE apus_schemas",
                "DROP TABLE apus_audit",
                "UPDATE apus_settings SET value = '1' WHERE name = 'registry'",
            ]
        }
    }

    /// Something of somebody else's under the name of a table that an upgrade is to make.
    var makeUpgradeImpossible: String {
        switch engine {
        case .postgres: "CREATE TABLE apus.schemas (theirs integer)"
        case .sqlite: "CREATE TABLE apus_schemas (theirs integer)"
        }
    }

    var dropWhatIsInTheWay: String {
        switch engine {
        case .postgres: "DROP TABLE apus.schemas"
        case .sqlite: "DROP TABLE apus_schemas"
        }
    }

    /// How many documents of schemas are kept.
    var countSchemas: String {
        switch engine {
        case .postgres: "SELECT count(*) FROM apus.schemas"
        case .sqlite: "SELECT count(*) FROM apus_schemas"
        }
    }

    /// Takes the rows of all runs out of the registry.
    var forgetRuns: String {
        switch engine {
        case .postgres: "DELETE FROM apus.runs"
        case .sqlite: "DELETE FROM apus_runs"
        }
    }

    /// A statement that would go on for minutes.
    var longStatement: String {
        switch engine {
        case .postgres: "SELECT pg_sleep(600)"
        case .sqlite:
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
        }
    }

    /// Statements that change the session.
    var changeSession: String {
        switch engine {
        case .postgres:
            """
            CREATE TEMPORARY TABLE leftover (id integer);
            SET lock_timeout = 0;
            SET apus_test.leak = 'yes';
            SET standard_conforming_strings = off;
            SET search_path = pg_catalog;
            """
        case .sqlite:
            """
            CREATE TEMPORARY TABLE leftover (id integer);
            PRAGMA recursive_triggers = ON;
            PRAGMA case_sensitive_like = ON;
            PRAGMA busy_timeout = 1;
            PRAGMA query_only = ON;
            """
        }
    }

    /// Statements that fail where something of `changeSession` is left.
    var failIfSessionWasChanged: String {
        switch engine {
        case .postgres:
            """
            CREATE TEMPORARY TABLE leftover (id integer);
            CREATE TABLE settings_seen (n integer CHECK (n = 1));
            INSERT INTO settings_seen
                SELECT CASE WHEN coalesce(current_setting('apus_test.leak', true), '') = '' THEN 1 ELSE 0 END;
            INSERT INTO settings_seen
                SELECT CASE current_setting('standard_conforming_strings') WHEN 'on' THEN 1 ELSE 0 END;
            INSERT INTO settings_seen SELECT count(*) FROM public.settings_seen HAVING count(*) = 1;
            """
        case .sqlite:
            """
            CREATE TEMPORARY TABLE leftover (id integer);
            CREATE TABLE settings_seen (n integer CHECK (n = 1));
            INSERT INTO settings_seen SELECT 'A' LIKE 'a';
            INSERT INTO settings_seen SELECT 1 - recursive_triggers FROM pragma_recursive_triggers;
            """
        }
    }

    /// Takes away what `richSchema` makes.
    var dropRichSchema: String {
        switch engine {
        case .postgres:
            "DROP VIEW guest_names;\nDROP TABLE guests;\nDROP TABLE trips;\nDROP FUNCTION touch();"
        case .sqlite: "DROP VIEW guest_names;\nDROP TABLE guests;\nDROP TABLE trips;"
        }
    }

    /// A little of everything that a schema is made of.
    var richSchema: String {
        switch engine {
        case .postgres:
            """
            CREATE TABLE trips (
                id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
                title text NOT NULL DEFAULT 'a trip' -- said to the guest
            );
            CREATE TABLE guests (
                id integer PRIMARY KEY,
                trip integer NOT NULL REFERENCES trips (id),
                name text CHECK (name <> ';')
            );
            CREATE UNIQUE INDEX guests_by_trip ON guests (trip, name);
            CREATE VIEW guest_names AS SELECT name FROM guests;
            CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END; $$;
            CREATE TRIGGER guests_touch BEFORE INSERT ON guests FOR EACH ROW EXECUTE FUNCTION touch();
            """
        case .sqlite:
            """
            CREATE TABLE trips (
                id INTEGER PRIMARY KEY AUTOINCREMENT,
                title TEXT NOT NULL DEFAULT 'a trip' -- said to the guest
            );
            CREATE TABLE guests (
                id INTEGER PRIMARY KEY,
                trip INTEGER NOT NULL REFERENCES trips (id),
                name TEXT CHECK (name <> ';')
            );
            CREATE UNIQUE INDEX guests_by_trip ON guests (trip, name);
            CREATE VIEW guest_names AS SELECT name FROM guests -- without the rest
            ;
            CREATE TRIGGER guests_touch AFTER INSERT ON guests BEGIN
                UPDATE trips SET title = title WHERE id = NEW.trip;
            END;
            """
        }
    }
}
