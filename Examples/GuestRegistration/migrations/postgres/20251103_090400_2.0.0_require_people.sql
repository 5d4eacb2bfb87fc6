-- Migration: 2.0.0 - require_people
-- Created: 2025-11-03T09:04:00
-- Up Migration
-- apus: allow drop-breaks-application application 2.0.0 states the language itself, and is the lowest that runs

-- Contract: who is registered is a known person, and spoken to in a language that somebody chose. The server
-- believes the valid checks, and reads no row.
ALTER TABLE guest_reg_guests ALTER COLUMN person_id SET NOT NULL, ALTER COLUMN preferred_language SET NOT NULL;
ALTER TABLE guest_reg_guests DROP CONSTRAINT guest_reg_guests_person_id_check,
    DROP CONSTRAINT guest_reg_guests_preferred_language_check;

DROP TRIGGER guest_reg_guests_language ON guest_reg_guests;
DROP FUNCTION guest_reg_guest_language();

-- Down Migration (Rollback)
-- apus: allow constraint-without-not-valid application 2.0.0 is gone, and 1.3.0 not yet there: nobody waits

CREATE FUNCTION guest_reg_guest_language() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.preferred_language := coalesce(
        (SELECT language_code FROM guest_reg_country_languages WHERE country = NEW.address_country), 'en');
    RETURN NEW;
END
$$;

CREATE TRIGGER guest_reg_guests_language BEFORE INSERT ON guest_reg_guests
    FOR EACH ROW WHEN (NEW.preferred_language IS NULL) EXECUTE FUNCTION guest_reg_guest_language();

ALTER TABLE guest_reg_guests ADD CONSTRAINT guest_reg_guests_person_id_check CHECK (person_id IS NOT NULL),
    ADD CONSTRAINT guest_reg_guests_preferred_language_check CHECK (preferred_language IS NOT NULL);
ALTER TABLE guest_reg_guests ALTER COLUMN preferred_language DROP NOT NULL, ALTER COLUMN person_id DROP NOT NULL;
