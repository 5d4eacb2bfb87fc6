-- Migration: 2.0.0 - check_units_and_people
-- Created: 2025-11-03T09:02:00
-- apus: no-transaction
-- apus: requires-complete
-- Up Migration

-- Whatever the batches of this release and of 1.2.0 fill has to be there before the old columns go. Nobody waits
-- here: a check that is not yet valid is there at once, and reading the tables for it lets writes go on.

CREATE INDEX CONCURRENTLY guest_reg_trips_unit_id_arrival_idx ON guest_reg_trips (unit_id, arrival_date);
CREATE INDEX CONCURRENTLY guest_reg_guests_person_id_idx ON guest_reg_guests (person_id);

ALTER TABLE guest_reg_trips ADD CONSTRAINT guest_reg_trips_unit_id_check CHECK (unit_id IS NOT NULL) NOT VALID;
ALTER TABLE guest_reg_guests ADD CONSTRAINT guest_reg_guests_person_id_check CHECK (person_id IS NOT NULL) NOT VALID;
ALTER TABLE guest_reg_guests ADD CONSTRAINT guest_reg_guests_preferred_language_check
    CHECK (preferred_language IS NOT NULL) NOT VALID;

ALTER TABLE guest_reg_trips VALIDATE CONSTRAINT guest_reg_trips_unit_id_check;
ALTER TABLE guest_reg_guests VALIDATE CONSTRAINT guest_reg_guests_person_id_check;
ALTER TABLE guest_reg_guests VALIDATE CONSTRAINT guest_reg_guests_preferred_language_check;

-- Down Migration (Rollback)

ALTER TABLE guest_reg_guests DROP CONSTRAINT guest_reg_guests_preferred_language_check;
ALTER TABLE guest_reg_guests DROP CONSTRAINT guest_reg_guests_person_id_check;
ALTER TABLE guest_reg_trips DROP CONSTRAINT guest_reg_trips_unit_id_check;
DROP INDEX CONCURRENTLY guest_reg_guests_person_id_idx;
DROP INDEX CONCURRENTLY guest_reg_trips_unit_id_arrival_idx;
