-- Migration: 1.0.0 - initial_schema
-- Created: 2025-01-15T10:30:00
-- Up Migration

-- The logical schema is the same in migrations/postgres: change both together.
--
-- Conventions
--   * Plain CREATE TABLE, without IF NOT EXISTS: a table of that name with another shape must stop
--     the migration, not be taken for this one.
--   * Declared types name the logical type. SQLite itself enforces little of it, therefore each column
--     has a CHECK without a name for its type. Rules of the data have a name, as in PostgreSQL.
--   * BOOLEAN is 0 or 1. DATE is text, YYYY-MM-DD. TIMESTAMP is text in UTC, YYYY-MM-DD HH:MM:SS,
--     fractions of a second allowed. Both sort as they are.
--   * Money is NUMERIC: SQLite holds fractions as floating point, so compare rounded amounts.
--   * Foreign keys work only where the connection has set PRAGMA foreign_keys = ON.
--   * Countries are ISO 3166-1 alpha-2 codes, currencies ISO 4217 codes, sex as in ICAO 9303 (F, M, X).
--   * updated_at is kept by the application.
--   * What has been reported or invoiced is never deleted by way of a foreign key (RESTRICT). Parts
--     go with their whole (CASCADE). A mention of a person may be lost (SET NULL).

-- People who work with the system: hosts and their staff. Guests do not sign in.
CREATE TABLE guest_reg_users (
    id              INTEGER NOT NULL PRIMARY KEY,
    email           TEXT NOT NULL,
    full_name       TEXT NOT NULL,
    role            TEXT NOT NULL DEFAULT 'host',
    password_hash   TEXT,                       -- NULL: signs in elsewhere, or not at all
    phone           TEXT,
    business_name   TEXT,
    tax_number      TEXT,
    host_number     TEXT,                       -- the host's number with the authorities
    is_active       BOOLEAN NOT NULL DEFAULT TRUE CHECK (is_active IN (0, 1)),
    last_sign_in_at TIMESTAMP CHECK (datetime(last_sign_in_at) IS substr(last_sign_in_at, 1, 19)),
    created_at      TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP CHECK (datetime(created_at) IS substr(created_at, 1, 19)),
    updated_at      TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP CHECK (datetime(updated_at) IS substr(updated_at, 1, 19)),

    CONSTRAINT guest_reg_users_email_key UNIQUE (email),
    CONSTRAINT guest_reg_users_email_check CHECK (email = lower(email) AND email LIKE '_%@_%'),
    CONSTRAINT guest_reg_users_full_name_check CHECK (full_name <> ''),
    CONSTRAINT guest_reg_users_role_check CHECK (role IN ('administrator', 'host', 'reception', 'housekeeper'))
);

-- One stay of one party in one rental unit.
CREATE TABLE guest_reg_trips (
    id              INTEGER NOT NULL PRIMARY KEY,
    host_id         INTEGER NOT NULL,
    reference       TEXT NOT NULL,              -- the booking reference
    unit_name       TEXT NOT NULL,
    unit_number     TEXT NOT NULL,              -- the unit's number in the official register of accommodation
    channel         TEXT NOT NULL DEFAULT 'direct',
    status          TEXT NOT NULL DEFAULT 'booked',
    purpose         TEXT NOT NULL DEFAULT 'holiday',
    booker_name     TEXT NOT NULL,
    booker_email    TEXT,
    booker_phone    TEXT,
    arrival_date    DATE NOT NULL CHECK (date(arrival_date) IS arrival_date),
    departure_date  DATE NOT NULL CHECK (date(departure_date) IS departure_date),
    adults          INTEGER NOT NULL DEFAULT 1 CHECK (typeof(adults) = 'integer'),
    children        INTEGER NOT NULL DEFAULT 0 CHECK (typeof(children) = 'integer'),
    price_amount    NUMERIC(10,2) NOT NULL DEFAULT 0 CHECK (typeof(price_amount) IN ('integer', 'real')),
    price_currency  TEXT NOT NULL DEFAULT 'EUR',
    checked_in_at   TIMESTAMP CHECK (datetime(checked_in_at) IS substr(checked_in_at, 1, 19)),
    checked_out_at  TIMESTAMP CHECK (datetime(checked_out_at) IS substr(checked_out_at, 1, 19)),
    cancelled_at    TIMESTAMP CHECK (datetime(cancelled_at) IS substr(cancelled_at, 1, 19)),
    notes           TEXT,
    created_at      TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP CHECK (datetime(created_at) IS substr(created_at, 1, 19)),
    updated_at      TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP CHECK (datetime(updated_at) IS substr(updated_at, 1, 19)),

    CONSTRAINT guest_reg_trips_reference_key UNIQUE (reference),
    CONSTRAINT guest_reg_trips_host_id_fkey FOREIGN KEY (host_id)
        REFERENCES guest_reg_users (id) ON DELETE RESTRICT,
    CONSTRAINT guest_reg_trips_channel_check CHECK (channel IN ('direct', 'website', 'platform', 'agency')),
    CONSTRAINT guest_reg_trips_status_check CHECK (
        status IN ('enquiry', 'booked', 'checked_in', 'checked_out', 'cancelled', 'no_show')),
    CONSTRAINT guest_reg_trips_purpose_check CHECK (
        purpose IN ('holiday', 'business', 'family', 'health', 'study', 'other')),
    CONSTRAINT guest_reg_trips_dates_check CHECK (departure_date > arrival_date),
    CONSTRAINT guest_reg_trips_party_check CHECK (adults >= 1 AND children >= 0),
    CONSTRAINT guest_reg_trips_price_check CHECK (price_amount >= 0),
    CONSTRAINT guest_reg_trips_currency_check CHECK (price_currency GLOB '[A-Z][A-Z][A-Z]'),
    CONSTRAINT guest_reg_trips_check_in_check CHECK (
        status NOT IN ('checked_in', 'checked_out') OR checked_in_at IS NOT NULL),
    CONSTRAINT guest_reg_trips_check_out_check CHECK (status <> 'checked_out' OR checked_out_at IS NOT NULL),
    CONSTRAINT guest_reg_trips_cancelled_check CHECK (status <> 'cancelled' OR cancelled_at IS NOT NULL)
);

-- One report of guests to an authority. Guests of one trip who arrive on different days are
-- reported by different registrations.
CREATE TABLE guest_reg_registrations (
    id                  INTEGER NOT NULL PRIMARY KEY,
    trip_id             INTEGER NOT NULL,
    registration_number TEXT NOT NULL,          -- ours
    authority           TEXT NOT NULL,          -- the register that receives the report
    authority_reference TEXT,                   -- theirs: the receipt
    status              TEXT NOT NULL DEFAULT 'draft',
    -- the legal deadline
    due_at              TIMESTAMP NOT NULL CHECK (datetime(due_at) IS substr(due_at, 1, 19)),
    submitted_at        TIMESTAMP CHECK (datetime(submitted_at) IS substr(submitted_at, 1, 19)),
    answered_at         TIMESTAMP CHECK (datetime(answered_at) IS substr(answered_at, 1, 19)),
    rejection_reason    TEXT,
    created_by_id       INTEGER,
    submitted_by_id     INTEGER,
    -- personal data must be erased after this day
    retain_until        DATE NOT NULL CHECK (date(retain_until) IS retain_until),
    created_at          TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP CHECK (datetime(created_at) IS substr(created_at, 1, 19)),
    updated_at          TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP CHECK (datetime(updated_at) IS substr(updated_at, 1, 19)),

    CONSTRAINT guest_reg_registrations_number_key UNIQUE (registration_number),
    CONSTRAINT guest_reg_registrations_authority_key UNIQUE (authority, authority_reference),
    CONSTRAINT guest_reg_registrations_trip_id_fkey FOREIGN KEY (trip_id)
        REFERENCES guest_reg_trips (id) ON DELETE RESTRICT,
    CONSTRAINT guest_reg_registrations_created_by_id_fkey FOREIGN KEY (created_by_id)
        REFERENCES guest_reg_users (id) ON DELETE SET NULL,
    CONSTRAINT guest_reg_registrations_submitted_by_id_fkey FOREIGN KEY (submitted_by_id)
        REFERENCES guest_reg_users (id) ON DELETE SET NULL,
    CONSTRAINT guest_reg_registrations_status_check CHECK (
        status IN ('draft', 'ready', 'submitted', 'accepted', 'rejected')),
    CONSTRAINT guest_reg_registrations_submitted_check CHECK (
        status IN ('draft', 'ready') OR submitted_at IS NOT NULL),
    CONSTRAINT guest_reg_registrations_answered_check CHECK (
        status NOT IN ('accepted', 'rejected') OR answered_at IS NOT NULL),
    CONSTRAINT guest_reg_registrations_accepted_check CHECK (
        status <> 'accepted' OR authority_reference IS NOT NULL),
    CONSTRAINT guest_reg_registrations_rejected_check CHECK (
        status <> 'rejected' OR rejection_reason IS NOT NULL)
);

-- One person in one registration: what the authorities ask for.
CREATE TABLE guest_reg_guests (
    id                      INTEGER NOT NULL PRIMARY KEY,
    registration_id         INTEGER NOT NULL,
    -- the guest who signs for the party
    is_lead                 BOOLEAN NOT NULL DEFAULT FALSE CHECK (is_lead IN (0, 1)),
    given_names             TEXT NOT NULL,
    family_name             TEXT NOT NULL,
    second_family_name      TEXT,
    sex                     TEXT NOT NULL,
    birth_date              DATE NOT NULL CHECK (date(birth_date) IS birth_date),
    birth_place             TEXT NOT NULL,
    birth_country           TEXT NOT NULL,
    nationality             TEXT NOT NULL,
    document_type           TEXT NOT NULL,
    document_number         TEXT NOT NULL,
    document_country        TEXT NOT NULL,      -- the issuing country
    document_valid_until    DATE CHECK (date(document_valid_until) IS document_valid_until),
    visa_number             TEXT,
    -- into the country, where a visa is needed
    entry_date              DATE CHECK (date(entry_date) IS entry_date),
    entry_place             TEXT,
    address_street          TEXT NOT NULL,
    address_postal_code     TEXT,
    address_city            TEXT NOT NULL,
    address_country         TEXT NOT NULL,
    email                   TEXT,
    phone                   TEXT,
    accompanied_by_id       INTEGER,            -- for minors: the responsible adult
    relationship            TEXT,               -- of the minor to that adult
    arrival_date            DATE NOT NULL CHECK (date(arrival_date) IS arrival_date),
    departure_date          DATE NOT NULL CHECK (date(departure_date) IS departure_date),
    tax_category            TEXT NOT NULL DEFAULT 'standard',
    tax_exemption_reason    TEXT,
    tax_per_night           NUMERIC(10,2) NOT NULL DEFAULT 0 CHECK (typeof(tax_per_night) IN ('integer', 'real')),
    tax_currency            TEXT NOT NULL DEFAULT 'EUR',
    signed_at               TIMESTAMP CHECK (datetime(signed_at) IS substr(signed_at, 1, 19)),
    created_at              TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP CHECK (datetime(created_at) IS substr(created_at, 1, 19)),
    updated_at              TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP CHECK (datetime(updated_at) IS substr(updated_at, 1, 19)),

    CONSTRAINT guest_reg_guests_document_key
        UNIQUE (registration_id, document_country, document_type, document_number),
    CONSTRAINT guest_reg_guests_registration_id_fkey FOREIGN KEY (registration_id)
        REFERENCES guest_reg_registrations (id) ON DELETE CASCADE,
    CONSTRAINT guest_reg_guests_accompanied_by_id_fkey FOREIGN KEY (accompanied_by_id)
        REFERENCES guest_reg_guests (id) ON DELETE SET NULL,
    CONSTRAINT guest_reg_guests_names_check CHECK (given_names <> '' AND family_name <> ''),
    CONSTRAINT guest_reg_guests_sex_check CHECK (sex IN ('F', 'M', 'X')),
    CONSTRAINT guest_reg_guests_countries_check CHECK (
        birth_country GLOB '[A-Z][A-Z]' AND nationality GLOB '[A-Z][A-Z]'
        AND document_country GLOB '[A-Z][A-Z]' AND address_country GLOB '[A-Z][A-Z]'),
    CONSTRAINT guest_reg_guests_document_type_check CHECK (
        document_type IN ('passport', 'identity_card', 'driving_licence', 'residence_permit', 'other')),
    CONSTRAINT guest_reg_guests_document_number_check CHECK (document_number <> ''),
    CONSTRAINT guest_reg_guests_dates_check CHECK (departure_date >= arrival_date AND birth_date <= arrival_date),
    CONSTRAINT guest_reg_guests_accompanied_check CHECK (accompanied_by_id <> id),
    CONSTRAINT guest_reg_guests_tax_category_check CHECK (tax_category IN ('standard', 'reduced', 'exempt')),
    CONSTRAINT guest_reg_guests_tax_check CHECK (
        tax_per_night >= 0
        AND (tax_category <> 'exempt' OR (tax_per_night = 0 AND tax_exemption_reason IS NOT NULL))),
    CONSTRAINT guest_reg_guests_currency_check CHECK (tax_currency GLOB '[A-Z][A-Z][A-Z]')
);

-- At most one lead guest in a registration. A rule of the data, hence here and not in 1.1.0.
CREATE UNIQUE INDEX guest_reg_guests_one_lead_key ON guest_reg_guests (registration_id) WHERE is_lead;

CREATE TABLE guest_reg_invoices (
    id                  INTEGER NOT NULL PRIMARY KEY,
    trip_id             INTEGER NOT NULL,
    issuer_id           INTEGER NOT NULL,       -- the host; each host has a number series of its own
    guest_id            INTEGER,                -- the guest who is billed, where it is one
    invoice_number      TEXT,                   -- given when the invoice is issued
    status              TEXT NOT NULL DEFAULT 'draft',
    issue_date          DATE CHECK (date(issue_date) IS issue_date),
    due_date            DATE CHECK (date(due_date) IS due_date),
    billed_name         TEXT NOT NULL,
    billed_address      TEXT,
    billed_country      TEXT NOT NULL,
    billed_tax_number   TEXT,
    currency            TEXT NOT NULL DEFAULT 'EUR',
    net_amount          NUMERIC(10,2) NOT NULL DEFAULT 0 CHECK (typeof(net_amount) IN ('integer', 'real')),
    -- per cent
    vat_rate            NUMERIC(5,2) NOT NULL DEFAULT 0 CHECK (typeof(vat_rate) IN ('integer', 'real')),
    vat_amount          NUMERIC(10,2) NOT NULL DEFAULT 0 CHECK (typeof(vat_amount) IN ('integer', 'real')),
    tourist_tax_amount  NUMERIC(10,2) NOT NULL DEFAULT 0 CHECK (typeof(tourist_tax_amount) IN ('integer', 'real')),
    total_amount        NUMERIC(10,2) NOT NULL DEFAULT 0 CHECK (typeof(total_amount) IN ('integer', 'real')),
    paid_amount         NUMERIC(10,2) NOT NULL DEFAULT 0 CHECK (typeof(paid_amount) IN ('integer', 'real')),
    paid_at             TIMESTAMP CHECK (datetime(paid_at) IS substr(paid_at, 1, 19)),
    payment_method      TEXT,
    notes               TEXT,
    created_at          TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP CHECK (datetime(created_at) IS substr(created_at, 1, 19)),
    updated_at          TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP CHECK (datetime(updated_at) IS substr(updated_at, 1, 19)),

    CONSTRAINT guest_reg_invoices_number_key UNIQUE (issuer_id, invoice_number),
    CONSTRAINT guest_reg_invoices_trip_id_fkey FOREIGN KEY (trip_id)
        REFERENCES guest_reg_trips (id) ON DELETE RESTRICT,
    CONSTRAINT guest_reg_invoices_issuer_id_fkey FOREIGN KEY (issuer_id)
        REFERENCES guest_reg_users (id) ON DELETE RESTRICT,
    CONSTRAINT guest_reg_invoices_guest_id_fkey FOREIGN KEY (guest_id)
        REFERENCES guest_reg_guests (id) ON DELETE SET NULL,
    CONSTRAINT guest_reg_invoices_status_check CHECK (
        status IN ('draft', 'issued', 'paid', 'cancelled', 'credited')),
    CONSTRAINT guest_reg_invoices_issued_check CHECK (
        status = 'draft' OR (invoice_number IS NOT NULL AND issue_date IS NOT NULL AND due_date IS NOT NULL)),
    CONSTRAINT guest_reg_invoices_dates_check CHECK (due_date >= issue_date),
    CONSTRAINT guest_reg_invoices_country_check CHECK (billed_country GLOB '[A-Z][A-Z]'),
    CONSTRAINT guest_reg_invoices_currency_check CHECK (currency GLOB '[A-Z][A-Z][A-Z]'),
    CONSTRAINT guest_reg_invoices_amounts_check CHECK (
        net_amount >= 0 AND vat_amount >= 0 AND tourist_tax_amount >= 0 AND paid_amount >= 0
        AND vat_rate BETWEEN 0 AND 100),
    CONSTRAINT guest_reg_invoices_total_check CHECK (
        round(total_amount, 2) = round(net_amount + vat_amount + tourist_tax_amount, 2)),
    CONSTRAINT guest_reg_invoices_paid_check CHECK (status <> 'paid' OR paid_at IS NOT NULL),
    CONSTRAINT guest_reg_invoices_payment_method_check CHECK (
        payment_method IN ('cash', 'card', 'bank_transfer', 'platform'))
);

-- Work in a unit that belongs to a trip: before the arrival, during the stay, after the departure.
CREATE TABLE guest_reg_housekeeping (
    id              INTEGER NOT NULL PRIMARY KEY,
    trip_id         INTEGER NOT NULL,
    assigned_to_id  INTEGER,
    task            TEXT NOT NULL,
    status          TEXT NOT NULL DEFAULT 'planned',
    -- 1 is the most urgent
    priority        INTEGER NOT NULL DEFAULT 2 CHECK (typeof(priority) = 'integer'),
    scheduled_date  DATE NOT NULL CHECK (date(scheduled_date) IS scheduled_date),
    started_at      TIMESTAMP CHECK (datetime(started_at) IS substr(started_at, 1, 19)),
    completed_at    TIMESTAMP CHECK (datetime(completed_at) IS substr(completed_at, 1, 19)),
    linen_sets      INTEGER NOT NULL DEFAULT 0 CHECK (typeof(linen_sets) = 'integer'),
    cost_amount     NUMERIC(10,2) NOT NULL DEFAULT 0 CHECK (typeof(cost_amount) IN ('integer', 'real')),
    cost_currency   TEXT NOT NULL DEFAULT 'EUR',
    notes           TEXT,
    created_at      TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP CHECK (datetime(created_at) IS substr(created_at, 1, 19)),
    updated_at      TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP CHECK (datetime(updated_at) IS substr(updated_at, 1, 19)),

    CONSTRAINT guest_reg_housekeeping_task_key UNIQUE (trip_id, task, scheduled_date),
    CONSTRAINT guest_reg_housekeeping_trip_id_fkey FOREIGN KEY (trip_id)
        REFERENCES guest_reg_trips (id) ON DELETE CASCADE,
    CONSTRAINT guest_reg_housekeeping_assigned_to_id_fkey FOREIGN KEY (assigned_to_id)
        REFERENCES guest_reg_users (id) ON DELETE SET NULL,
    CONSTRAINT guest_reg_housekeeping_task_check CHECK (
        task IN ('preparation', 'cleaning', 'linen_change', 'final_cleaning', 'inspection', 'repair')),
    CONSTRAINT guest_reg_housekeeping_status_check CHECK (
        status IN ('planned', 'in_progress', 'done', 'skipped')),
    CONSTRAINT guest_reg_housekeeping_priority_check CHECK (priority BETWEEN 1 AND 3),
    CONSTRAINT guest_reg_housekeeping_started_check CHECK (status <> 'in_progress' OR started_at IS NOT NULL),
    CONSTRAINT guest_reg_housekeeping_done_check CHECK (status <> 'done' OR completed_at IS NOT NULL),
    CONSTRAINT guest_reg_housekeeping_times_check CHECK (completed_at >= started_at),
    CONSTRAINT guest_reg_housekeeping_amounts_check CHECK (linen_sets >= 0 AND cost_amount >= 0),
    CONSTRAINT guest_reg_housekeeping_currency_check CHECK (cost_currency GLOB '[A-Z][A-Z][A-Z]')
);

-- Down Migration (Rollback)

-- Without CASCADE: an object that something else depends on stops the rollback.
DROP TABLE guest_reg_housekeeping;
DROP TABLE guest_reg_invoices;
DROP TABLE guest_reg_guests;
DROP TABLE guest_reg_registrations;
DROP TABLE guest_reg_trips;
DROP TABLE guest_reg_users;
