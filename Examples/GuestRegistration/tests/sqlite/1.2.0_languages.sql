-- The same assertions as in tests/postgres: change both together.

-- Guests from countries with other languages, and from one that is not listed.
-- Fixture
INSERT INTO guest_reg_registrations
    (id, trip_id, registration_number, authority, status, due_at, submitted_at, retain_until)
VALUES
    (900002, 900001, 'R-REHEARSAL-2', 'SI-ETURIZEM', 'submitted', '2025-01-12 15:00:00', '2025-01-11 16:00:00', '2026-01-31');

INSERT INTO guest_reg_guests
    (id, registration_id, is_lead, given_names, family_name, sex, birth_date, birth_place, birth_country, nationality,
     document_type, document_number, document_country, address_street, address_city, address_country, arrival_date, departure_date)
VALUES
    (900011, 900002, TRUE, 'Anna', 'Gruber', 'F', '1990-03-12', 'Linz', 'AT', 'AT',
     'passport', 'U0000011', 'AT', 'Hauptplatz 2', 'Linz', 'AT', '2025-01-11', '2025-01-17'),
    (900012, 900002, FALSE, 'Katrín', 'Jónsdóttir', 'F', '1988-07-01', 'Akureyri', 'IS', 'IS',
     'passport', 'A0000012', 'IS', 'Hafnarstræti 3', 'Akureyri', 'IS', '2025-01-11', '2025-01-17');

-- Assert every guest has a language
SELECT id, address_country FROM guest_reg_guests WHERE preferred_language IS NULL;

-- Assert it is the one of the country where they live
SELECT g.id, g.address_country, g.preferred_language FROM guest_reg_guests AS g
LEFT JOIN guest_reg_country_languages AS c ON c.country = g.address_country
WHERE g.preferred_language <> coalesce(c.language_code, 'en');

-- Assert the guests of the fixture speak German and English
SELECT id, preferred_language FROM guest_reg_guests
WHERE (id = 900011 AND preferred_language <> 'de') OR (id = 900012 AND preferred_language <> 'en');
