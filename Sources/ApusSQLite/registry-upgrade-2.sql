-- Makes version 2 of the registry out of version 1: what each run and each migration left of the
-- schema, the steps of each run's plan, and the audit. Names as in registry.sql.

ALTER TABLE main.apus_migrations ADD COLUMN schema_digest TEXT;
ALTER TABLE main.apus_runs ADD COLUMN schema_digest TEXT;

CREATE TABLE main.apus_schemas (
    digest TEXT NOT NULL PRIMARY KEY,
    document TEXT NOT NULL
) STRICT;

ALTER TABLE main.apus_runs ADD COLUMN plan TEXT;

-- Who did what from the admin page and the API: a row before each action, and one behind it that
-- names the first as its intent. Rows are only added.
CREATE TABLE main.apus_audit (
    entry INTEGER PRIMARY KEY AUTOINCREMENT,
    at TEXT NOT NULL,
    intent INTEGER UNIQUE REFERENCES apus_audit,
    person TEXT NOT NULL,
    address TEXT,
    action TEXT NOT NULL,
    subject TEXT NOT NULL,
    request_key TEXT UNIQUE,
    outcome TEXT,
    run INTEGER,
    CHECK ((intent IS NULL) = (outcome IS NULL))
) STRICT;
CREATE TRIGGER main.apus_audit_keeps_rows BEFORE DELETE ON apus_audit
BEGIN SELECT raise(ABORT, 'rows of the audit are only added, never changed'); END;
CREATE TRIGGER main.apus_audit_keeps_values BEFORE UPDATE ON apus_audit
BEGIN SELECT raise(ABORT, 'rows of the audit are only added, never changed'); END;

UPDATE main.apus_settings SET value = '2' WHERE name = 'registry';
