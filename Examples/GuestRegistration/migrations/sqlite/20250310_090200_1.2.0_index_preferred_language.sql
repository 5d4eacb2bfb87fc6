-- Migration: 1.2.0 - index_preferred_language
-- Created: 2025-03-10T09:02:00
-- Up Migration

-- Whom to write to in a language; a language that is deleted must not read the whole table. The same index as
-- in migrations/postgres: change both together.
CREATE INDEX guest_reg_guests_preferred_language_idx ON guest_reg_guests (preferred_language);

-- Down Migration (Rollback)

DROP INDEX guest_reg_guests_preferred_language_idx;
