-- Migration: 1.3.0 - index_reports
-- Created: 2025-06-02T09:01:00
-- apus: depends-on 1.2.0/index_preferred_language
-- Up Migration

-- The same indexes as in migrations/postgres: change both together.

-- From a figure of a report to the guests and the invoices that it is made of.
CREATE INDEX guest_reg_guests_country_arrival_idx ON guest_reg_guests (address_country, arrival_date);
CREATE INDEX guest_reg_invoices_country_issue_idx ON guest_reg_invoices (billed_country, issue_date)
    WHERE status IN ('issued', 'paid');

-- Down Migration (Rollback)

DROP INDEX guest_reg_invoices_country_issue_idx;
DROP INDEX guest_reg_guests_country_arrival_idx;
