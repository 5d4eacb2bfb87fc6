-- The same assertions as in tests/postgres: change both together.

-- A guest who comes again, to the same unit under another name, and with another document.
-- Fixture
INSERT INTO guest_reg_trips
    (id, host_id, reference, unit_name, unit_number, status, booker_name, arrival_date, departure_date, checked_in_at)
VALUES
    (900002, 900001, 'REHEARSAL-2', 'Zimmer', '0-01', 'checked_in', 'Maja Kovač', '2025-07-10', '2025-07-12', '2025-07-10 15:00:00'),
    (900003, 900001, 'REHEARSAL-3', 'Koča', 'KOCA', 'checked_in', 'Maja Kovač', '2025-08-10', '2025-08-12', '2025-08-10 15:00:00');

INSERT INTO guest_reg_registrations
    (id, trip_id, registration_number, authority, status, due_at, submitted_at, retain_until)
VALUES
    (900003, 900002, 'R-REHEARSAL-3', 'SI-ETURIZEM', 'submitted', '2025-07-11 15:00:00', '2025-07-10 16:00:00', '2026-07-31');

INSERT INTO guest_reg_guests
    (id, registration_id, is_lead, given_names, family_name, sex, birth_date, birth_place, birth_country, nationality,
     document_type, document_number, document_country, address_street, address_city, address_country, arrival_date, departure_date)
VALUES
    (900031, 900003, TRUE, 'Maja', 'Kovač', 'F', '1984-05-02', 'Kranj', 'SI', 'SI',
     'identity_card', 'IE0000031', 'SI', 'Nova ulica 7', 'Bled', 'SI', '2025-07-10', '2025-07-12');

-- Assert every trip is in a unit of its host
SELECT t.id, t.unit_id FROM guest_reg_trips AS t
LEFT JOIN guest_reg_units AS u ON u.id = t.unit_id LEFT JOIN guest_reg_properties AS p ON p.id = u.property_id
WHERE p.host_id IS NULL OR p.host_id <> t.host_id;

-- Assert the fixture's units are told apart by their numbers, and their property by what these begin with
SELECT 'missing' AS unit WHERE 2 <> (
    SELECT count(*) FROM guest_reg_units AS u JOIN guest_reg_properties AS p ON p.id = u.property_id
    WHERE p.host_id = 900001 AND ((p.property_number = '0' AND u.unit_number = '0-01')
        OR (p.property_number = 'KOCA' AND u.unit_number = 'KOCA')));

-- Assert what a unit was called when it was booked is kept
SELECT t.id, t.listing_name, u.unit_name FROM guest_reg_trips AS t JOIN guest_reg_units AS u ON u.id = t.unit_id
WHERE (t.id = 900001 AND coalesce(t.listing_name, u.unit_name) <> 'Apartma')
    OR (t.id = 900002 AND coalesce(t.listing_name, u.unit_name) <> 'Zimmer');

-- Assert every guest is the person that was reported
SELECT g.id, g.person_id FROM guest_reg_guests AS g JOIN guest_reg_people AS p ON p.id = g.person_id
WHERE p.given_names <> g.given_names OR p.family_name <> g.family_name OR p.birth_date <> g.birth_date
    OR p.second_family_name <> coalesce(g.second_family_name, '') OR p.nationality <> g.nationality;

-- Assert who came twice is one person in two registrations
SELECT 'missing' AS person WHERE NOT EXISTS (
    SELECT 1 FROM guest_reg_people AS p WHERE p.family_name = 'Kovač' AND p.given_names = 'Maja'
        AND 2 = (SELECT count(DISTINCT g.registration_id) FROM guest_reg_guests AS g
            WHERE g.person_id = p.id AND g.id IN (900001, 900031)));

-- Assert nobody is known who was never registered
SELECT p.id FROM guest_reg_people AS p WHERE NOT EXISTS (SELECT 1 FROM guest_reg_guests AS g WHERE g.person_id = p.id);
