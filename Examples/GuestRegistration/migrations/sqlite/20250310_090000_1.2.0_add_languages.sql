-- Migration: 1.2.0 - add_languages
-- Created: 2025-03-10T09:00:00
-- Up Migration

-- The same tables and rows as in migrations/postgres: change both together. New tables only: the application
-- that runs does not know them, and goes on.

-- The languages that guests are spoken to in. ISO 639-1 codes.
CREATE TABLE guest_reg_languages (
    code        TEXT NOT NULL,
    name        TEXT NOT NULL,
    native_name TEXT NOT NULL,
    -- offered to guests
    is_active   BOOLEAN NOT NULL DEFAULT TRUE CHECK (is_active IN (0, 1)),
    created_at  TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP CHECK (datetime(created_at) IS substr(created_at, 1, 19)),
    updated_at  TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP CHECK (datetime(updated_at) IS substr(updated_at, 1, 19)),

    CONSTRAINT guest_reg_languages_pkey PRIMARY KEY (code),
    CONSTRAINT guest_reg_languages_code_check CHECK (code GLOB '[a-z][a-z]'),
    CONSTRAINT guest_reg_languages_names_check CHECK (name <> '' AND native_name <> '')
);

-- What a guest from a country is spoken to in, until they choose: English where a country is not listed.
CREATE TABLE guest_reg_country_languages (
    country       TEXT NOT NULL,
    language_code TEXT NOT NULL,
    created_at    TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP CHECK (datetime(created_at) IS substr(created_at, 1, 19)),
    updated_at    TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP CHECK (datetime(updated_at) IS substr(updated_at, 1, 19)),

    CONSTRAINT guest_reg_country_languages_pkey PRIMARY KEY (country),
    CONSTRAINT guest_reg_country_languages_language_code_fkey FOREIGN KEY (language_code)
        REFERENCES guest_reg_languages (code) ON DELETE RESTRICT,
    CONSTRAINT guest_reg_country_languages_country_check CHECK (country GLOB '[A-Z][A-Z]')
);
CREATE INDEX guest_reg_country_languages_language_code_idx ON guest_reg_country_languages (language_code);

-- The house rules of a host, in the order in which guests read them.
CREATE TABLE guest_reg_house_rules (
    id         INTEGER NOT NULL PRIMARY KEY,
    host_id    INTEGER NOT NULL,
    position   INTEGER NOT NULL DEFAULT 1 CHECK (typeof(position) = 'integer'),
    is_active  BOOLEAN NOT NULL DEFAULT TRUE CHECK (is_active IN (0, 1)),
    created_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP CHECK (datetime(created_at) IS substr(created_at, 1, 19)),
    updated_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP CHECK (datetime(updated_at) IS substr(updated_at, 1, 19)),

    CONSTRAINT guest_reg_house_rules_position_key UNIQUE (host_id, position),
    CONSTRAINT guest_reg_house_rules_host_id_fkey FOREIGN KEY (host_id)
        REFERENCES guest_reg_users (id) ON DELETE CASCADE,
    CONSTRAINT guest_reg_house_rules_position_check CHECK (position >= 1)
);

CREATE TABLE guest_reg_house_rule_translations (
    house_rule_id INTEGER NOT NULL,
    language_code TEXT NOT NULL,
    title         TEXT NOT NULL,
    body          TEXT NOT NULL,
    created_at    TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP CHECK (datetime(created_at) IS substr(created_at, 1, 19)),
    updated_at    TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP CHECK (datetime(updated_at) IS substr(updated_at, 1, 19)),

    CONSTRAINT guest_reg_house_rule_translations_pkey PRIMARY KEY (house_rule_id, language_code),
    CONSTRAINT guest_reg_house_rule_translations_house_rule_id_fkey FOREIGN KEY (house_rule_id)
        REFERENCES guest_reg_house_rules (id) ON DELETE CASCADE,
    CONSTRAINT guest_reg_house_rule_translations_language_code_fkey FOREIGN KEY (language_code)
        REFERENCES guest_reg_languages (code) ON DELETE RESTRICT,
    CONSTRAINT guest_reg_house_rule_translations_texts_check CHECK (title <> '' AND body <> '')
);
CREATE INDEX guest_reg_house_rule_translations_language_code_idx
    ON guest_reg_house_rule_translations (language_code);

-- What a host writes to guests, on which occasion.
CREATE TABLE guest_reg_messages (
    id         INTEGER NOT NULL PRIMARY KEY,
    host_id    INTEGER NOT NULL,
    occasion   TEXT NOT NULL,
    is_active  BOOLEAN NOT NULL DEFAULT TRUE CHECK (is_active IN (0, 1)),
    created_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP CHECK (datetime(created_at) IS substr(created_at, 1, 19)),
    updated_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP CHECK (datetime(updated_at) IS substr(updated_at, 1, 19)),

    CONSTRAINT guest_reg_messages_occasion_key UNIQUE (host_id, occasion),
    CONSTRAINT guest_reg_messages_host_id_fkey FOREIGN KEY (host_id)
        REFERENCES guest_reg_users (id) ON DELETE CASCADE,
    CONSTRAINT guest_reg_messages_occasion_check CHECK (
        occasion IN ('booked', 'before_arrival', 'arrived', 'before_departure', 'departed', 'cancelled'))
);

CREATE TABLE guest_reg_message_translations (
    message_id    INTEGER NOT NULL,
    language_code TEXT NOT NULL,
    subject       TEXT NOT NULL,
    body          TEXT NOT NULL,
    created_at    TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP CHECK (datetime(created_at) IS substr(created_at, 1, 19)),
    updated_at    TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP CHECK (datetime(updated_at) IS substr(updated_at, 1, 19)),

    CONSTRAINT guest_reg_message_translations_pkey PRIMARY KEY (message_id, language_code),
    CONSTRAINT guest_reg_message_translations_message_id_fkey FOREIGN KEY (message_id)
        REFERENCES guest_reg_messages (id) ON DELETE CASCADE,
    CONSTRAINT guest_reg_message_translations_language_code_fkey FOREIGN KEY (language_code)
        REFERENCES guest_reg_languages (code) ON DELETE RESTRICT,
    CONSTRAINT guest_reg_message_translations_texts_check CHECK (subject <> '' AND body <> '')
);
CREATE INDEX guest_reg_message_translations_language_code_idx ON guest_reg_message_translations (language_code);

INSERT INTO guest_reg_languages (code, name, native_name) VALUES
    ('en', 'English', 'English'), ('cs', 'Czech', 'čeština'), ('da', 'Danish', 'dansk'),
    ('de', 'German', 'Deutsch'), ('el', 'Greek', 'ελληνικά'), ('es', 'Spanish', 'español'),
    ('fi', 'Finnish', 'suomi'), ('fr', 'French', 'français'), ('hr', 'Croatian', 'hrvatski'),
    ('hu', 'Hungarian', 'magyar'), ('it', 'Italian', 'italiano'), ('ja', 'Japanese', '日本語'),
    ('nl', 'Dutch', 'Nederlands'), ('no', 'Norwegian', 'norsk'), ('pl', 'Polish', 'polski'),
    ('pt', 'Portuguese', 'português'), ('ro', 'Romanian', 'română'), ('sk', 'Slovak', 'slovenčina'),
    ('sl', 'Slovenian', 'slovenščina'), ('sr', 'Serbian', 'srpski'), ('sv', 'Swedish', 'svenska'),
    ('uk', 'Ukrainian', 'українська'), ('zh', 'Chinese', '中文');

INSERT INTO guest_reg_country_languages (country, language_code) VALUES
    ('AR', 'es'), ('AT', 'de'), ('AU', 'en'), ('BA', 'hr'), ('BE', 'fr'), ('BR', 'pt'),
    ('CA', 'en'), ('CH', 'de'), ('CL', 'es'), ('CN', 'zh'), ('CO', 'es'), ('CY', 'el'),
    ('CZ', 'cs'), ('DE', 'de'), ('DK', 'da'), ('ES', 'es'), ('FI', 'fi'), ('FR', 'fr'),
    ('GB', 'en'), ('GR', 'el'), ('HR', 'hr'), ('HU', 'hu'), ('IE', 'en'), ('IN', 'en'),
    ('IT', 'it'), ('JP', 'ja'), ('LI', 'de'), ('LU', 'fr'), ('MC', 'fr'), ('MD', 'ro'),
    ('ME', 'sr'), ('MT', 'en'), ('MX', 'es'), ('NL', 'nl'), ('NO', 'no'), ('NZ', 'en'),
    ('PE', 'es'), ('PL', 'pl'), ('PT', 'pt'), ('RO', 'ro'), ('RS', 'sr'), ('SE', 'sv'),
    ('SI', 'sl'), ('SK', 'sk'), ('SM', 'it'), ('TW', 'zh'), ('UA', 'uk'), ('US', 'en'),
    ('UY', 'es'), ('ZA', 'en');

-- Down Migration (Rollback)

DROP TABLE guest_reg_message_translations;
DROP TABLE guest_reg_messages;
DROP TABLE guest_reg_house_rule_translations;
DROP TABLE guest_reg_house_rules;
DROP TABLE guest_reg_country_languages;
DROP TABLE guest_reg_languages;
