-- Makes version 5 of the registry out of version 4: what steps waited for, and what they held. Names
-- as in registry.sql.

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

UPDATE main.apus_settings SET value = '5' WHERE name = 'registry';
