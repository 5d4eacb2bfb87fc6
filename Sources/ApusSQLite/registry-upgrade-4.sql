-- Makes version 4 of the registry out of version 3: how far data migrations have come, and what is
-- to be run at its time. Names as in registry.sql.

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

UPDATE main.apus_settings SET value = '4' WHERE name = 'registry';
