-- Migration: 2.0.0 - check_units_and_people
-- Created: 2025-11-03T09:02:00
-- apus: requires-complete
-- Up Migration

-- Whatever the batches of this release and of 1.2.0 fill has to be there before the old columns go. SQLite has no
-- checks that are added later: what follows copies into tables that refuse NULL.

CREATE INDEX guest_reg_trips_unit_id_arrival_idx ON guest_reg_trips (unit_id, arrival_date);
CREATE INDEX guest_reg_guests_person_id_idx ON guest_reg_guests (person_id);

-- Down Migration (Rollback)

DROP INDEX guest_reg_guests_person_id_idx;
DROP INDEX guest_reg_trips_unit_id_arrival_idx;
