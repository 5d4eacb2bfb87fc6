-- Migration: 1.1.0 - add_performance_indexes
-- Created: 2025-01-15T10:31:00
-- Up Migration

-- The same indexes, by name and columns, as in migrations/postgres: change both together.
-- One transaction: either all of these indexes exist afterwards or none. IF NOT EXISTS, because an
-- index may have been added by hand meanwhile.
--
-- SQLite does not index foreign key columns by itself. Three of them need no index of their own, as
-- they lead a unique constraint: guests.registration_id, invoices.issuer_id, housekeeping.trip_id.

-- The calendar of a host, by arrival; the join from trips to their host.
CREATE INDEX IF NOT EXISTS guest_reg_trips_host_arrival_idx ON guest_reg_trips (host_id, arrival_date);
-- Who arrives, and who leaves, on a day. Cancelled stays are never asked for here.
CREATE INDEX IF NOT EXISTS guest_reg_trips_arrivals_idx ON guest_reg_trips (arrival_date)
    WHERE status IN ('booked', 'checked_in');
CREATE INDEX IF NOT EXISTS guest_reg_trips_departures_idx ON guest_reg_trips (departure_date)
    WHERE status IN ('booked', 'checked_in');
-- Occupancy of one unit over a period.
CREATE INDEX IF NOT EXISTS guest_reg_trips_unit_arrival_idx ON guest_reg_trips (unit_number, arrival_date);
-- Stays of a returning booker.
CREATE INDEX IF NOT EXISTS guest_reg_trips_booker_email_idx ON guest_reg_trips (booker_email)
    WHERE booker_email IS NOT NULL;

-- The join from trips to their registrations.
CREATE INDEX IF NOT EXISTS guest_reg_registrations_trip_id_idx ON guest_reg_registrations (trip_id);
-- The work list: what must still be reported, the nearest deadline first. Small, because accepted
-- registrations leave it.
CREATE INDEX IF NOT EXISTS guest_reg_registrations_open_idx ON guest_reg_registrations (due_at)
    WHERE status IN ('draft', 'ready', 'rejected');
-- The nightly erasure of personal data.
CREATE INDEX IF NOT EXISTS guest_reg_registrations_retain_until_idx ON guest_reg_registrations (retain_until);
-- Foreign keys to users: deleting a user must not read the whole table.
CREATE INDEX IF NOT EXISTS guest_reg_registrations_created_by_id_idx ON guest_reg_registrations (created_by_id)
    WHERE created_by_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS guest_reg_registrations_submitted_by_id_idx ON guest_reg_registrations (submitted_by_id)
    WHERE submitted_by_id IS NOT NULL;

-- Search by name and birth date; search by document, as the authorities ask.
CREATE INDEX IF NOT EXISTS guest_reg_guests_name_idx ON guest_reg_guests (family_name, given_names, birth_date);
CREATE INDEX IF NOT EXISTS guest_reg_guests_document_idx ON guest_reg_guests (document_number, document_country);
-- Statistics by nationality over a period; guests present on a day.
CREATE INDEX IF NOT EXISTS guest_reg_guests_nationality_arrival_idx ON guest_reg_guests (nationality, arrival_date);
CREATE INDEX IF NOT EXISTS guest_reg_guests_stay_idx ON guest_reg_guests (arrival_date, departure_date);
-- Minors only: few rows have this column.
CREATE INDEX IF NOT EXISTS guest_reg_guests_accompanied_by_id_idx ON guest_reg_guests (accompanied_by_id)
    WHERE accompanied_by_id IS NOT NULL;

-- The joins from trips and guests to invoices.
CREATE INDEX IF NOT EXISTS guest_reg_invoices_trip_id_idx ON guest_reg_invoices (trip_id);
CREATE INDEX IF NOT EXISTS guest_reg_invoices_guest_id_idx ON guest_reg_invoices (guest_id)
    WHERE guest_id IS NOT NULL;
-- Unpaid invoices by due date; the sales report of a period.
CREATE INDEX IF NOT EXISTS guest_reg_invoices_unpaid_idx ON guest_reg_invoices (due_date)
    WHERE status = 'issued';
CREATE INDEX IF NOT EXISTS guest_reg_invoices_issue_date_idx ON guest_reg_invoices (issue_date);

-- One person's work of a day, and what is still open on a day, the most urgent first.
CREATE INDEX IF NOT EXISTS guest_reg_housekeeping_assigned_idx
    ON guest_reg_housekeeping (assigned_to_id, scheduled_date);
CREATE INDEX IF NOT EXISTS guest_reg_housekeeping_open_idx ON guest_reg_housekeeping (scheduled_date, priority)
    WHERE status IN ('planned', 'in_progress');

-- Down Migration (Rollback)

DROP INDEX IF EXISTS guest_reg_housekeeping_open_idx;
DROP INDEX IF EXISTS guest_reg_housekeeping_assigned_idx;
DROP INDEX IF EXISTS guest_reg_invoices_issue_date_idx;
DROP INDEX IF EXISTS guest_reg_invoices_unpaid_idx;
DROP INDEX IF EXISTS guest_reg_invoices_guest_id_idx;
DROP INDEX IF EXISTS guest_reg_invoices_trip_id_idx;
DROP INDEX IF EXISTS guest_reg_guests_accompanied_by_id_idx;
DROP INDEX IF EXISTS guest_reg_guests_stay_idx;
DROP INDEX IF EXISTS guest_reg_guests_nationality_arrival_idx;
DROP INDEX IF EXISTS guest_reg_guests_document_idx;
DROP INDEX IF EXISTS guest_reg_guests_name_idx;
DROP INDEX IF EXISTS guest_reg_registrations_submitted_by_id_idx;
DROP INDEX IF EXISTS guest_reg_registrations_created_by_id_idx;
DROP INDEX IF EXISTS guest_reg_registrations_retain_until_idx;
DROP INDEX IF EXISTS guest_reg_registrations_open_idx;
DROP INDEX IF EXISTS guest_reg_registrations_trip_id_idx;
DROP INDEX IF EXISTS guest_reg_trips_booker_email_idx;
DROP INDEX IF EXISTS guest_reg_trips_unit_arrival_idx;
DROP INDEX IF EXISTS guest_reg_trips_departures_idx;
DROP INDEX IF EXISTS guest_reg_trips_arrivals_idx;
DROP INDEX IF EXISTS guest_reg_trips_host_arrival_idx;
