-- Migration: 1.3.0 - index_reports
-- Created: 2025-06-02T09:01:00
-- apus: depends-on 1.2.0/index_preferred_language
-- apus: no-transaction
-- Up Migration

-- The same indexes as in migrations/sqlite: change both together. Built while guests are registered and
-- invoices are written.

-- From a figure of a report to the guests and the invoices that it is made of.
CREATE INDEX CONCURRENTLY guest_reg_guests_country_arrival_idx ON guest_reg_guests (address_country, arrival_date);
CREATE INDEX CONCURRENTLY guest_reg_invoices_country_issue_idx ON guest_reg_invoices (billed_country, issue_date)
    WHERE status IN ('issued', 'paid');

-- Down Migration (Rollback)

DROP INDEX CONCURRENTLY guest_reg_invoices_country_issue_idx;
DROP INDEX CONCURRENTLY guest_reg_guests_country_arrival_idx;
