"""Statements on which `apus lint` and squawk are compared: each by itself, on tables in use."""

from itertools import product

#: What earlier migrations made. squawk sees no other file, and takes every table to be in use.
EARLIER = """\
CREATE SCHEMA archive;
CREATE TYPE guest_status AS ENUM ('booked', 'here');
CREATE DOMAIN phone_number AS text;
CREATE TABLE trips (id bigint PRIMARY KEY, name text, starts date, CONSTRAINT trips_name_key UNIQUE (name));
CREATE TABLE guests (id bigint PRIMARY KEY, family_name text, phone varchar(20), email text NOT NULL, nights integer,
    tax numeric(6,2), arrived timestamp(3), status guest_status, trip_id bigint, notes text,
    length integer GENERATED ALWAYS AS (length(family_name)) STORED);
CREATE INDEX guests_name_idx ON guests (family_name);
CREATE INDEX guests_trip_idx ON guests (trip_id);
CREATE UNIQUE INDEX guests_email_idx ON guests (email);
CREATE TABLE stays (night date NOT NULL, room bigint) PARTITION BY RANGE (night);
CREATE TABLE stays_2024 PARTITION OF stays FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE VIEW arrivals AS SELECT id FROM guests;
CREATE SEQUENCE numbers;
CREATE FUNCTION nights(bigint) RETURNS bigint LANGUAGE sql AS 'SELECT $1';
"""

TABLES = ["guests", "public.guests", '"guests"']
#: Kept as it is on disk, with nothing to be filled in.
TYPES = ["text", "bigint", "boolean", "date", "uuid", "jsonb", "timestamptz", "numeric(10,2)", "bytea", "interval"]


def in_transaction():
    """Those that Apus runs in its transaction."""
    for table in TABLES:
        yield from (f"ALTER TABLE {table} {action};" for action in [
            # Columns
            *(f"ADD COLUMN c {type}" for type in TYPES),
            *(f"ADD COLUMN IF NOT EXISTS c {type}" for type in TYPES[:4]),
            "ADD COLUMN c text NOT NULL", "ADD c bigint NOT NULL", "ADD COLUMN c text NOT NULL DEFAULT ''",
            "ADD COLUMN c boolean NOT NULL DEFAULT true", "ADD COLUMN c boolean DEFAULT false",
            "ADD COLUMN c uuid DEFAULT gen_random_uuid()", "ADD COLUMN c uuid NOT NULL DEFAULT gen_random_uuid()",
            "ADD COLUMN c double precision DEFAULT random()", "ADD COLUMN c timestamptz DEFAULT clock_timestamp()",
            "ADD COLUMN c timestamptz DEFAULT now()", "ADD COLUMN c timestamptz NOT NULL DEFAULT now()",
            "ADD COLUMN c date DEFAULT current_date", "ADD COLUMN c bigint GENERATED ALWAYS AS (nights * 2) STORED",
            "ADD COLUMN c serial", "ADD COLUMN c bigserial", "ADD COLUMN c char(3)", "ADD COLUMN c character(3)",
            "ADD COLUMN c timestamp", "ADD COLUMN c timestamp without time zone", "ADD COLUMN c varchar(9)",
            "ADD COLUMN c integer", "ADD COLUMN c smallint",
            "DROP COLUMN phone", "DROP phone", "DROP COLUMN IF EXISTS phone", "DROP COLUMN phone CASCADE",
            "RENAME COLUMN phone TO telephone", "RENAME phone TO telephone", "RENAME TO visitors",
            "SET SCHEMA archive",
            # Types
            "ALTER COLUMN id TYPE integer", "ALTER COLUMN nights TYPE bigint", "ALTER COLUMN nights SET DATA TYPE bigint",
            "ALTER COLUMN phone TYPE varchar(10)", "ALTER COLUMN family_name TYPE varchar(10)",
            "ALTER COLUMN notes TYPE jsonb USING notes::jsonb", "ALTER COLUMN tax TYPE numeric(8,4)",
            "ALTER COLUMN phone TYPE varchar(40)", "ALTER COLUMN phone TYPE text", "ALTER COLUMN tax TYPE numeric(9,2)",
            # NULL and defaults
            "ALTER COLUMN phone SET NOT NULL", "ALTER family_name SET NOT NULL", "ALTER COLUMN email DROP NOT NULL",
            "ALTER COLUMN phone SET DEFAULT ''", "ALTER COLUMN phone DROP DEFAULT",
            "ALTER COLUMN length DROP EXPRESSION", "ALTER COLUMN phone SET STATISTICS 200",
            # Constraints
            "ADD CONSTRAINT k CHECK (nights > 0)", "ADD CHECK (nights > 0)", "ADD CONSTRAINT k CHECK (nights > 0) NOT VALID",
            "ADD CONSTRAINT k FOREIGN KEY (trip_id) REFERENCES trips (id)",
            "ADD FOREIGN KEY (trip_id) REFERENCES trips (id) ON DELETE CASCADE",
            "ADD CONSTRAINT k FOREIGN KEY (trip_id) REFERENCES trips (id) NOT VALID",
            "ADD CONSTRAINT k UNIQUE (phone)", "ADD UNIQUE (phone)", "ADD CONSTRAINT k UNIQUE (phone, nights)",
            "ADD CONSTRAINT k UNIQUE USING INDEX guests_email_idx", "ADD PRIMARY KEY (email)",
            "ADD CONSTRAINT k PRIMARY KEY (email)", "ADD CONSTRAINT k PRIMARY KEY USING INDEX guests_email_idx",
            "ADD COLUMN c text UNIQUE", "VALIDATE CONSTRAINT k",
            "SET (fillfactor = 70)", "DISABLE TRIGGER ALL", "DISABLE TRIGGER USER", "ENABLE TRIGGER USER",
        ])
        # Two statements: the first holds its lock while the second reads.
        yield from (f"ALTER TABLE {table} ADD CONSTRAINT k {constraint} NOT VALID;\n"
                    f"ALTER TABLE {table} VALIDATE CONSTRAINT k;"
                    for constraint in ["CHECK (nights > 0)", "FOREIGN KEY (trip_id) REFERENCES trips (id)"])
        yield from [
            f"CREATE INDEX i ON {table} (phone);", f"CREATE UNIQUE INDEX i ON {table} (phone);",
            f"CREATE INDEX IF NOT EXISTS i ON {table} USING hash (phone);",
            f"CREATE INDEX i ON {table} (lower(phone)) WHERE nights > 1;",
            f"DROP TABLE {table};", f"DROP TABLE IF EXISTS {table};", f"DROP TABLE {table} CASCADE;",
            f"TRUNCATE {table} CASCADE;", f"COMMENT ON TABLE {table} IS 'people';",
            f"SELECT count(*) FROM {table};", f"INSERT INTO {table} (id, email) VALUES (1, 'a');",
            f"UPDATE {table} SET phone = '' WHERE id = 1;", f"DELETE FROM {table} WHERE id = 1;",
            f"ANALYZE {table};", f"GRANT SELECT ON {table} TO public;",
            f"CREATE VIEW early AS SELECT id FROM {table};",
        ]
    yield from [
        "ALTER TABLE trips DROP CONSTRAINT trips_name_key;", "ALTER TABLE stays DETACH PARTITION stays_2024;",
        "DROP INDEX guests_name_idx;", "DROP INDEX IF EXISTS guests_name_idx;", "REINDEX TABLE guests;",
        "REINDEX INDEX guests_name_idx;", "DROP VIEW arrivals;", "DROP VIEW IF EXISTS arrivals;",
        "DROP FUNCTION nights(bigint);", "DROP TYPE guest_status CASCADE;", "DROP SEQUENCE numbers;",
        "DROP SCHEMA archive;", "DROP SCHEMA archive CASCADE;", "DROP DOMAIN phone_number;",
        "ALTER DOMAIN phone_number ADD CONSTRAINT k CHECK (value <> '');",
        "ALTER TYPE guest_status ADD VALUE 'gone' AFTER 'here';", "ALTER TYPE guest_status ADD VALUE 'gone';",
        "CREATE DOMAIN short AS text CHECK (length(value) < 9);", "CREATE DOMAIN plain AS text;",
        "CREATE SEQUENCE more_numbers;", "CREATE TYPE room_kind AS ENUM ('single');",
    ]
    for type in [*TYPES, "char(2)", "timestamp", "varchar(9)", "integer", "smallint", "json"]:
        yield f"CREATE TABLE rooms (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, c {type});"
    for type, column in product(["serial", "bigserial", "smallserial", "integer", "smallint", "bigint"], ["id", "number"]):
        yield f"CREATE TABLE rooms ({column} {type} PRIMARY KEY);"


def alone():
    """Those that cannot run in a transaction."""
    yield from [
        "CREATE INDEX CONCURRENTLY i ON guests (phone);", "CREATE UNIQUE INDEX CONCURRENTLY i ON guests (phone);",
        "CREATE INDEX CONCURRENTLY IF NOT EXISTS i ON public.guests (phone);",
        "DROP INDEX CONCURRENTLY guests_name_idx;", "DROP INDEX CONCURRENTLY IF EXISTS guests_name_idx;",
        "REINDEX TABLE CONCURRENTLY guests;", "REINDEX INDEX CONCURRENTLY guests_name_idx;",
        "ALTER TABLE stays DETACH PARTITION stays_2024 CONCURRENTLY;", "DROP DATABASE other;",
        "DROP DATABASE IF EXISTS other;", "VACUUM guests;", "VACUUM FULL guests;", "VACUUM (ANALYZE) guests;",
        "CLUSTER guests USING guests_name_idx;",
    ]
