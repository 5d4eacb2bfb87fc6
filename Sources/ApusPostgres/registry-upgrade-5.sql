-- Makes version 5 of the registry out of version 4: what steps waited for, and what they held. Names
-- as in registry.sql.

CREATE TABLE apus.step_waits (
    entry bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    run bigint NOT NULL,
    migration text NOT NULL,
    direction text NOT NULL CHECK (direction IN ('up', 'down')),
    waited_us bigint NOT NULL CHECK (waited_us >= 0),
    retries integer NOT NULL CHECK (retries >= 0),
    holder text
);
CREATE INDEX ON apus.step_waits (run);
COMMENT ON TABLE apus.step_waits IS 'What steps waited for locks of others, written when their run ended';

CREATE TABLE apus.step_locks (
    entry bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    run bigint NOT NULL,
    migration text NOT NULL,
    direction text NOT NULL CHECK (direction IN ('up', 'down')),
    statement integer NOT NULL CHECK (statement >= 0),
    relation text NOT NULL,
    mode text NOT NULL,
    held_us bigint NOT NULL CHECK (held_us >= 0),
    is_rewrite boolean NOT NULL,
    is_scan boolean NOT NULL
);
CREATE INDEX ON apus.step_locks (run);
COMMENT ON TABLE apus.step_locks IS 'The locks that steps held, of runs that traced them';

UPDATE apus.settings SET value = '5' WHERE name = 'registry';
