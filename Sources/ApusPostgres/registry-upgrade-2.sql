-- Makes version 2 of the registry out of version 1: what each run and each migration left of the
-- schema, the steps of each run's plan, and the audit. Names as in registry.sql.

ALTER TABLE apus.runs ADD COLUMN schema_digest text CHECK (schema_digest ~ '^[0-9a-f]{64}$');
ALTER TABLE apus.migrations ADD COLUMN schema_digest text
    CHECK (schema_digest ~ '^[0-9a-f]{64}$');

CREATE TABLE apus.schemas (
    digest text PRIMARY KEY CHECK (digest ~ '^[0-9a-f]{64}$'),
    document text NOT NULL
);
COMMENT ON TABLE apus.schemas IS 'What the last run and the two newest migrations left, as JSON';

ALTER TABLE apus.runs ADD COLUMN plan text;

-- Each action has a row before it, and one behind it that names the first as its intent.
CREATE TABLE apus.audit (
    entry bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    intent bigint UNIQUE REFERENCES apus.audit,
    person text NOT NULL,
    address text,
    action text NOT NULL,
    subject text NOT NULL,
    request_key text UNIQUE,
    outcome text,
    run bigint,
    CHECK ((intent IS NULL) = (outcome IS NULL))
);
COMMENT ON TABLE apus.audit IS 'Who did what from the admin page and the API; rows are only added';
CREATE FUNCTION apus.refuse_change() RETURNS trigger LANGUAGE plpgsql AS
    'BEGIN RAISE EXCEPTION ''rows of the audit are only added, never changed''; END';
CREATE TRIGGER audit_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON apus.audit
    FOR EACH STATEMENT EXECUTE FUNCTION apus.refuse_change();

UPDATE apus.settings SET value = '2' WHERE name = 'registry';
