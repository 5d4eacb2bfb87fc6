-- Migration: 1.2.0 - add_preferred_language
-- Created: 2025-03-10T09:01:00
-- Up Migration

-- The same column and the same languages as in migrations/sqlite: change both together.
-- Each statement is committed by itself; the last one goes through the guests in batches, so that nobody
-- waits for more than one of them.

-- A new column holds only NULL: no row is read or written, and the key is there at once.
ALTER TABLE guest_reg_guests ADD COLUMN preferred_language text
    CONSTRAINT guest_reg_guests_preferred_language_fkey
        REFERENCES guest_reg_languages (code) ON DELETE RESTRICT;

-- Applications from before 1.2.0 do not know the column: their guests get the language of their country, too.
CREATE FUNCTION guest_reg_guest_language() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.preferred_language := coalesce(
        (SELECT language_code FROM guest_reg_country_languages WHERE country = NEW.address_country), 'en');
    RETURN NEW;
END
$$;

CREATE TRIGGER guest_reg_guests_language BEFORE INSERT ON guest_reg_guests
    FOR EACH ROW WHEN (NEW.preferred_language IS NULL) EXECUTE FUNCTION guest_reg_guest_language();

-- apus: batch table=guest_reg_guests key=id size=2000
UPDATE guest_reg_guests SET preferred_language = coalesce(
    (SELECT language_code FROM guest_reg_country_languages WHERE country = address_country), 'en')
WHERE id BETWEEN :start AND :end AND preferred_language IS NULL;

-- apus: verify
SELECT id, address_country FROM guest_reg_guests WHERE preferred_language IS NULL;

-- Down Migration (Rollback)

DROP TRIGGER guest_reg_guests_language ON guest_reg_guests;
DROP FUNCTION guest_reg_guest_language();
ALTER TABLE guest_reg_guests DROP COLUMN preferred_language;
