-- Apus's registry in a SQLite database, version 5.
--
-- `apus_` stands for the driver's prefix. Moments are text, ISO 8601 in UTC with microseconds
-- (`2025-01-15T10:30:00.000000Z`), which sorts as it reads; durations are microseconds.

CREATE TABLE main.apus_settings (
    name TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) STRICT;

-- One row for each migration that the database has.
CREATE TABLE main.apus_migrations (
    position INTEGER PRIMARY KEY,       -- the order in which they were applied
    id TEXT NOT NULL UNIQUE,            -- the fence: two processes cannot record one migration
    version TEXT NOT NULL,
    name TEXT NOT NULL,
    checksum TEXT NOT NULL,             -- SHA-256 of the file, normalised as in FORMATS.md
    up_meaning TEXT NOT NULL,           -- SHA-256 of the up section's tokens
    down_meaning TEXT,
    source BLOB,                        -- the file byte for byte, up to 1 MiB
    down_source BLOB,                   -- of a larger file, the down section only
    down_transaction TEXT CHECK (down_transaction IN ('wrapped', 'none')),
    dependencies TEXT,                  -- JSON array of ids; null: everything before it
    minimum_application TEXT,
    irreversible_reason TEXT,
    applied_at TEXT NOT NULL,
    applied_by TEXT NOT NULL,
    duration_us INTEGER NOT NULL,
    run INTEGER NOT NULL,
    is_baseline INTEGER NOT NULL CHECK (is_baseline IN (0, 1)),
    schema_digest TEXT                  -- SHA-256 of the schema that it left
) STRICT;

CREATE TABLE main.apus_runs (
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    status TEXT NOT NULL,               -- running, succeeded, failed, interrupted
    summary TEXT NOT NULL,
    plan_digest TEXT NOT NULL,
    from_version TEXT,
    to_version TEXT,
    steps INTEGER NOT NULL,
    started_at TEXT NOT NULL,
    ended_at TEXT,
    started_by TEXT NOT NULL,
    database_user TEXT NOT NULL,
    application_version TEXT,
    tool_version TEXT NOT NULL,
    failure_code TEXT,
    failure_message TEXT,
    schema_digest TEXT,                 -- SHA-256 of the schema that it left
    plan TEXT                           -- the steps, a line each
) STRICT;

-- What each step of a run did. A row that stays `started` is an unfinished step.
CREATE TABLE main.apus_journal (
    entry INTEGER PRIMARY KEY,
    run INTEGER NOT NULL,
    migration TEXT NOT NULL,
    direction TEXT NOT NULL,            -- up, down
    status TEXT NOT NULL,               -- started, done, failed, settled
    statements_done INTEGER NOT NULL,
    statement_count INTEGER NOT NULL,
    meaning TEXT NOT NULL,              -- SHA-256 of the section's tokens that were run
    started_at TEXT NOT NULL,
    duration_us INTEGER,
    message TEXT
) STRICT;

CREATE TABLE main.apus_backups (
    entry INTEGER PRIMARY KEY,
    run INTEGER,
    name TEXT NOT NULL,
    path TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    checksum TEXT NOT NULL,
    taken_at TEXT NOT NULL,
    duration_us INTEGER NOT NULL,
    version TEXT
) STRICT;

-- What the last run and the two newest migrations left, as JSON.
CREATE TABLE main.apus_schemas (
    digest TEXT NOT NULL PRIMARY KEY,
    document TEXT NOT NULL
) STRICT;

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

-- Rehearsals of this database's migrations that passed, beginning with a backup of it.
CREATE TABLE main.apus_rehearsals (
    entry INTEGER PRIMARY KEY,
    passed_at TEXT NOT NULL,
    passed_by TEXT NOT NULL,
    tool_version TEXT NOT NULL,
    backup TEXT NOT NULL,
    backup_taken_at TEXT NOT NULL,
    plan_digest TEXT NOT NULL,
    from_version TEXT,
    to_version TEXT,
    way TEXT NOT NULL                   -- each step up and down, and the version at each level
) STRICT;

-- How far each data migration has come; a row changes with each batch.
CREATE TABLE main.apus_batches (
    migration TEXT NOT NULL,
    statement INTEGER NOT NULL,         -- its index in the section, from 0
    meaning TEXT NOT NULL,              -- SHA-256 of the section's tokens
    state TEXT NOT NULL DEFAULT 'open', -- open, paused, cancelled, failed, done
    key_types TEXT NOT NULL,            -- the key's columns and their types
    last_key TEXT,                      -- of the last row that is done: a JSON array of SQL literals
    size INTEGER NOT NULL,              -- rows of the next batch
    batches_done INTEGER NOT NULL DEFAULT 0,
    rows_done INTEGER NOT NULL DEFAULT 0,
    rows_expected INTEGER,
    busy_us INTEGER NOT NULL DEFAULT 0,
    run INTEGER NOT NULL,
    started_at TEXT NOT NULL,
    changed_at TEXT NOT NULL,
    message TEXT,
    PRIMARY KEY (migration, statement)
) STRICT;

-- What is to be run at its time, and what became of it.
CREATE TABLE main.apus_schedule (
    entry INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,                 -- migrate, rollback, revert
    goal TEXT NOT NULL,
    summary TEXT NOT NULL,
    plan_digest TEXT NOT NULL,
    not_before TEXT NOT NULL,
    not_after TEXT NOT NULL,
    said TEXT NOT NULL,                 -- the time as the person wrote it
    created_at TEXT NOT NULL,
    created_by TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'waiting',
    ended_at TEXT,
    run INTEGER,
    reverts INTEGER,                    -- of a revert: the run that it would take back
    message TEXT
) STRICT;

-- What steps waited for locks of others, written when their run ended.
CREATE TABLE main.apus_step_waits (
    entry INTEGER PRIMARY KEY,
    run INTEGER NOT NULL,
    migration TEXT NOT NULL,
    direction TEXT NOT NULL,            -- up, down
    waited_us INTEGER NOT NULL,         -- in all attempts, without the pauses between them
    retries INTEGER NOT NULL,
    holder TEXT
) STRICT;

-- The locks that steps held, of runs that traced them.
CREATE TABLE main.apus_step_locks (
    entry INTEGER PRIMARY KEY,
    run INTEGER NOT NULL,
    migration TEXT NOT NULL,
    direction TEXT NOT NULL,            -- up, down
    statement INTEGER NOT NULL,         -- its index in the section, from 0
    relation TEXT NOT NULL,
    mode TEXT NOT NULL,
    held_us INTEGER NOT NULL,
    is_rewrite INTEGER NOT NULL CHECK (is_rewrite IN (0, 1)),
    is_scan INTEGER NOT NULL CHECK (is_scan IN (0, 1))
) STRICT;

INSERT INTO main.apus_settings (name, value) VALUES ('registry', '5');
