/// A schema with every kind of object that a snapshot tells of, as somebody could have written it.
/// Made by a superuser; the rights go to a role that every server has.
enum WideSchema {
    static let sql = """
        CREATE SCHEMA app;
        COMMENT ON SCHEMA app IS 'the application''s own';
        CREATE SCHEMA "Odd name";
        CREATE EXTENSION hstore;
        CREATE EXTENSION btree_gist SCHEMA app;

        CREATE TYPE app.mood AS ENUM ('sad', 'ok', 'it''s fine');
        CREATE TYPE app.address AS (street text, number integer);
        CREATE TYPE app.span AS RANGE (subtype = float8, subtype_diff = float8mi);
        CREATE DOMAIN app.email AS varchar(200) DEFAULT 'x@y' NOT NULL
            CONSTRAINT has_at CHECK (VALUE LIKE '%@%');
        CREATE COLLATION app.german (provider = libc, locale = 'C');

        CREATE SEQUENCE app.numbers START 5 INCREMENT 2 CACHE 3 CYCLE MAXVALUE 1000;

        CREATE TABLE app.houses (
            id integer GENERATED ALWAYS AS IDENTITY (START 10) PRIMARY KEY,
            name text COLLATE app.german NOT NULL,
            status varchar(20) DEFAULT 'free',
            price numeric(10,2) CHECK (price BETWEEN 0 AND 1000 AND price <> 13),
            low integer, high integer, tags text[] DEFAULT ARRAY['a', 'b']::text[],
            gone integer,
            total integer GENERATED ALWAYS AS (low + high) STORED,
            serial_number serial,
            stay tstzrange,
            CONSTRAINT known_status CHECK (status IN ('free', 'taken', 'closed')),
            CONSTRAINT ordered UNIQUE (low, high) DEFERRABLE INITIALLY DEFERRED,
            CONSTRAINT no_overlap EXCLUDE USING gist (id WITH =, stay WITH &&)
        ) WITH (fillfactor = 80, toast.autovacuum_enabled = off);
        ALTER TABLE app.houses DROP COLUMN gone;
        ALTER TABLE app.houses ALTER COLUMN name SET STORAGE external;
        ALTER TABLE app.houses ALTER COLUMN price SET STATISTICS 500;
        ALTER TABLE app.houses ALTER COLUMN low SET (n_distinct = 5);
        ALTER TABLE app.houses ADD COLUMN mood app.mood DEFAULT 'ok';
        ALTER TABLE app.houses ADD CONSTRAINT later CHECK (high > low) NOT VALID;
        COMMENT ON TABLE app.houses IS 'where guests stay';
        COMMENT ON COLUMN app.houses.name IS 'as on the door';
        CREATE TABLE "Odd name"."Guests" (
            "First name" text DEFAULT E'\\\\ and ''',
            house integer REFERENCES app.houses ON DELETE CASCADE,
            email app.email,
            born date DEFAULT '2000-01-31',
            arrived timestamptz DEFAULT '2020-01-01 00:00:00+00',
            span interval DEFAULT '1 day 2 hours'
        );
        CREATE UNLOGGED TABLE app.cache (key text PRIMARY KEY, value bytea DEFAULT '\\xdead');
        CREATE TABLE app.parent (a integer, b text);
        CREATE TABLE app.child (c integer) INHERITS (app.parent);
        ALTER TABLE app.parent ADD COLUMN d integer;

        CREATE TABLE app.visits (
            at timestamptz NOT NULL, house integer REFERENCES app.houses, PRIMARY KEY (at, house)
        ) PARTITION BY RANGE (at);
        CREATE TABLE app.visits_2024 PARTITION OF app.visits
            FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
        CREATE TABLE app.visits_rest PARTITION OF app.visits DEFAULT;
        CREATE TABLE app.visit_notes (
            at timestamptz, house integer, note text,
            FOREIGN KEY (at, house) REFERENCES app.visits
        );
        CREATE INDEX visits_house ON app.visits (house);

        CREATE INDEX houses_status ON app.houses (lower(status), price DESC NULLS LAST)
            WHERE status IN ('free', 'taken');
        CREATE UNIQUE INDEX houses_name ON app.houses (name) INCLUDE (status);
        ALTER TABLE app.houses CLUSTER ON houses_name;
        ALTER TABLE app.houses REPLICA IDENTITY USING INDEX houses_name;
        COMMENT ON INDEX app.houses_name IS 'an index';
        CREATE STATISTICS app.houses_dependency (dependencies) ON low, high FROM app.houses;

        CREATE VIEW app.free_houses WITH (security_barrier) AS
            SELECT h.id, h.name, count(*) OVER (ORDER BY h.id ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)
            FROM app.houses h LEFT JOIN "Odd name"."Guests" g ON g.house = h.id AND g.born > '1990-01-01'
            WHERE (h.status IN ('free', 'closed') OR h.price IS NULL)
                AND h.price BETWEEN 1 AND 2 AND h.low = ANY ('{1,2}'::int[]);
        COMMENT ON VIEW app.free_houses IS 'a view';
        CREATE MATERIALIZED VIEW app.prices AS SELECT status, sum(price) AS total FROM app.houses GROUP BY status;
        CREATE UNIQUE INDEX prices_status ON app.prices (status);

        CREATE FUNCTION app.touch() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            -- ((a AND b) AND c) stays as it is written
            RETURN NEW;
        END $$;
        CREATE FUNCTION app.twice(n integer, m integer DEFAULT 2) RETURNS integer
            LANGUAGE sql IMMUTABLE STRICT SECURITY DEFINER SET search_path = app AS 'SELECT n * m';
        COMMENT ON FUNCTION app.twice(integer, integer) IS 'a function';
        CREATE PROCEDURE app.clean() LANGUAGE sql AS 'DELETE FROM app.cache';
        CREATE AGGREGATE app.sum_up(integer) (sfunc = int4pl, stype = integer, initcond = '0');
        CREATE TRIGGER houses_touch BEFORE UPDATE ON app.houses FOR EACH ROW
            WHEN (OLD.status IN ('free', 'taken')) EXECUTE FUNCTION app.touch();
        CREATE TRIGGER visits_touch AFTER INSERT ON app.visits FOR EACH ROW EXECUTE FUNCTION app.touch();
        CREATE CONSTRAINT TRIGGER guests_touch AFTER INSERT ON "Odd name"."Guests"
            DEFERRABLE FOR EACH ROW EXECUTE FUNCTION app.touch();
        CREATE RULE no_delete AS ON DELETE TO app.cache DO INSTEAD NOTHING;

        ALTER TABLE app.houses ENABLE ROW LEVEL SECURITY;
        CREATE POLICY mine ON app.houses FOR SELECT TO pg_monitor
            USING (status IN ('free', 'taken') AND price BETWEEN 1 AND 2 AND low > 0);
        CREATE POLICY theirs ON app.houses AS RESTRICTIVE FOR INSERT WITH CHECK (price > 0);

        GRANT SELECT, INSERT ON app.houses TO pg_monitor;
        GRANT UPDATE (name) ON app.houses TO pg_monitor WITH GRANT OPTION;
        GRANT USAGE ON SCHEMA app TO pg_monitor;
        REVOKE EXECUTE ON FUNCTION app.touch() FROM PUBLIC;
        REVOKE USAGE ON TYPE app.mood FROM PUBLIC;
        GRANT USAGE ON SEQUENCE app.numbers TO pg_monitor;
        REVOKE TRUNCATE ON app.cache FROM postgres;
        ALTER DEFAULT PRIVILEGES IN SCHEMA app GRANT SELECT ON TABLES TO pg_monitor;
        ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;

        CREATE FUNCTION app.on_ddl() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
        CREATE EVENT TRIGGER watch ON ddl_command_end WHEN TAG IN ('CREATE CAST') EXECUTE FUNCTION app.on_ddl();
        CREATE PUBLICATION news FOR TABLE app.houses, app.parent WITH (publish = 'insert');
        CREATE FUNCTION app.mood_text(app.mood) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT 1';
        CREATE CAST (app.mood AS integer) WITH FUNCTION app.mood_text(app.mood);
        CREATE FUNCTION app.same(integer, integer) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $1 = $2';
        CREATE OPERATOR app.=== (FUNCTION = app.same, LEFTARG = integer, RIGHTARG = integer);
        CREATE OPERATOR FAMILY app.numbers_family USING btree;
        CREATE TEXT SEARCH CONFIGURATION app.plain (COPY = simple);
        CREATE TEXT SEARCH DICTIONARY app.words (TEMPLATE = simple, accept = false);
        CREATE FOREIGN DATA WRAPPER nowhere OPTIONS (a 'b');
        CREATE SERVER there FOREIGN DATA WRAPPER nowhere OPTIONS (host 'h');
        CREATE FOREIGN TABLE app.far (id integer OPTIONS (k 'v')) SERVER there OPTIONS (name 'n');
        CREATE CONVERSION app.conversion FOR 'UTF8' TO 'LATIN1' FROM utf8_to_iso8859_1;
        """

    /// One change by hand, and the lines that name it.
    struct Change: Sendable, CustomStringConvertible {
        var sql: String
        var lines: [String]

        init(_ sql: String, _ lines: String...) {
            self.sql = sql
            self.lines = lines
        }

        var description: String { sql }
    }
}
