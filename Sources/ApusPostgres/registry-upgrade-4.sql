-- Makes version 4 of the registry out of version 3: how far data migrations have come, and what is
-- to be run at its time. Names as in registry.sql.

CREATE TABLE apus.batches (
    migration text NOT NULL,
    statement integer NOT NULL CHECK (statement >= 0),
    meaning text NOT NULL CHECK (meaning ~ '^[0-9a-f]{64}$'),
    state text NOT NULL DEFAULT 'open'
        CHECK (state IN ('open', 'paused', 'cancelled', 'failed', 'done')),
    key_types text NOT NULL,
    last_key text[],
    size bigint NOT NULL CHECK (size > 0),
    batches_done bigint NOT NULL DEFAULT 0,
    rows_done bigint NOT NULL DEFAULT 0,
    rows_expected bigint,
    busy_us bigint NOT NULL DEFAULT 0,
    run bigint NOT NULL,
    started_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    changed_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    message text,
    PRIMARY KEY (migration, statement)
);
COMMENT ON TABLE apus.batches IS 'How far each data migration has come; a row changes with each batch';

CREATE TABLE apus.schedule (
    entry bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind text NOT NULL CHECK (kind IN ('migrate', 'rollback', 'revert')),
    goal text NOT NULL,
    summary text NOT NULL,
    plan_digest text NOT NULL CHECK (plan_digest ~ '^[0-9a-f]{64}$'),
    not_before timestamptz NOT NULL,
    not_after timestamptz NOT NULL,
    said text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    created_by text NOT NULL,
    state text NOT NULL DEFAULT 'waiting' CHECK (state IN
        ('waiting', 'running', 'done', 'failed', 'changed', 'missed', 'cancelled', 'confirmed')),
    ended_at timestamptz,
    run bigint,
    reverts bigint,
    message text,
    CHECK (not_before <= not_after),
    CHECK ((kind = 'revert') = (reverts IS NOT NULL))
);
COMMENT ON TABLE apus.schedule IS 'What is to be run at its time, and what became of it';

UPDATE apus.settings SET value = '4' WHERE name = 'registry';
