import ApusCore
import Testing

@testable import ApusLint

@Suite struct FixTests {
    private static let guests = "CREATE TABLE guests (id bigint NOT NULL, email text, phone text);"
    private static let index = "CREATE INDEX guests_email_idx ON guests (email);"

    @Test(arguments: RuleExample.all.filter { $0.rule.fix != nil && $0.example.verdict == .bad })
    func `an example is rewritten and silent where its page says so`(_ one: RuleExample) throws {
        let migrations = try ExampleMigrations(one.example).all
        let fixes = Lint(selection: [migrations[migrations.count - 1].id]).fixes(for: migrations)
        let fixed = fixes.rewrites.flatMap(\.fixed).filter { $0.rule == one.rule.name }
        #expect(fixed.count == (one.example.isFixable ? 1 : 0), "\(fixes.unfixed.map(\.reason))")
        guard one.example.isFixable else { return }
        let after = Folder(migrations).applying(fixes)
        let ids = Set(after.keys.compactMap { MigrationID($0) })
        let report = Lint(selection: ids.subtracting([migrations[0].id])).report(
            on: try after.map { try Migration.parsed($0.key, $0.value) }.sorted { $0.id < $1.id })
        #expect(!report.findings.map(\.rule).contains(one.rule.name))
    }

    @Test func `what is alone in its migration leaves the transaction where it stands`() throws {
        let files = try Self.fixed(
            "-- Finds guests.\n\(Self.index)", down: "DROP INDEX guests_email_idx;")
        #expect(
            files == [
                "20250101_000000_1.1.0_test": """
                -- Up Migration
                -- apus: no-transaction
                -- Finds guests.
                CREATE INDEX CONCURRENTLY guests_email_idx ON guests (email);
                -- Down Migration (Rollback)
                -- apus: no-transaction
                DROP INDEX CONCURRENTLY guests_email_idx;

                """
            ])
    }

    @Test func `a migration takes over what must leave the transaction of others`() throws {
        let files = try Self.fixed(
            """
            -- apus: lock-timeout 2s
            ALTER TABLE guests ADD COLUMN note text;

            -- Finds guests.
            \(Self.index) -- by their address

            -- apus: allow drop-column-loses-data it is empty
            ALTER TABLE guests DROP COLUMN phone;
            UPDATE guests SET note = '' WHERE id = 1;
            """,
            down: "DROP INDEX guests_email_idx;\nALTER TABLE guests DROP COLUMN note;")
        #expect(
            files == [
                "20250101_000000_1.1.0_test": """
                -- Up Migration
                -- apus: lock-timeout 2s
                ALTER TABLE guests ADD COLUMN note text;

                -- apus: allow drop-column-loses-data it is empty
                ALTER TABLE guests DROP COLUMN phone;
                UPDATE guests SET note = '' WHERE id = 1;
                -- Down Migration (Rollback)
                ALTER TABLE guests DROP COLUMN note;

                """,
                "20250101_000001_1.1.0_test_concurrently": """
                -- Migration: 1.1.0 - test_concurrently
                -- Created: 2025-01-01T00:00:01
                -- Split from 1.1.0/test by apus lint --fix.
                -- Up Migration
                -- apus: no-transaction
                -- apus: lock-timeout 2000ms
                -- Finds guests.
                CREATE INDEX CONCURRENTLY guests_email_idx ON guests (email);

                -- Down Migration (Rollback)
                -- apus: no-transaction
                DROP INDEX CONCURRENTLY guests_email_idx;

                """,
            ])
    }

    @Test func `several rules rewrite one statement, and each table is validated by itself`() throws
    {
        let files = try Self.fixed(
            """
            ALTER TABLE guests ADD CONSTRAINT guests_email_check CHECK (email <> ''),
                ADD UNIQUE (email), ALTER COLUMN email SET NOT NULL, ADD PRIMARY KEY (id);
            ALTER TABLE trips ADD CHECK (name <> '');
            """,
            down: """
                ALTER TABLE trips DROP CONSTRAINT trips_name_check;
                ALTER TABLE guests DROP CONSTRAINT guests_pkey, ALTER COLUMN email DROP NOT NULL,
                    DROP CONSTRAINT guests_email_key, DROP CONSTRAINT guests_email_check;
                """, earlier: "\(Self.guests) CREATE TABLE trips (name text);")
        #expect(
            files["20250101_000000_1.1.0_test"] == """
                -- Up Migration
                ALTER TABLE guests ADD CONSTRAINT guests_email_check CHECK (email <> '') NOT VALID,
                    ADD CONSTRAINT guests_email_never_null CHECK (email IS NOT NULL) NOT VALID;
                ALTER TABLE trips ADD CONSTRAINT trips_name_check CHECK (name <> '') NOT VALID;
                -- Down Migration (Rollback)
                ALTER TABLE trips DROP CONSTRAINT trips_name_check;
                ALTER TABLE guests DROP CONSTRAINT guests_email_never_null,
                    DROP CONSTRAINT guests_email_check;

                """)
        #expect(
            files["20250101_000001_1.1.0_test_validated"]?.split(separator: "\n").dropFirst(3) == [
                "-- Up Migration",
                "ALTER TABLE guests VALIDATE CONSTRAINT guests_email_check;",
                "ALTER TABLE guests VALIDATE CONSTRAINT guests_email_never_null;",
                "ALTER TABLE guests ALTER COLUMN email SET NOT NULL;",
                "ALTER TABLE guests DROP CONSTRAINT guests_email_never_null;",
                "-- Down Migration (Rollback)",
                "ALTER TABLE guests ADD CONSTRAINT guests_email_never_null CHECK (email IS NOT NULL) NOT VALID;",
                "ALTER TABLE guests ALTER COLUMN email DROP NOT NULL;",
                "ALTER TABLE guests DROP CONSTRAINT guests_email_check;",
                "ALTER TABLE guests ADD CONSTRAINT guests_email_check CHECK (email <> '') NOT VALID;",
            ])
        #expect(
            files["20250101_000002_1.1.0_test_validated_2"]?.contains("trips_name_check") == true)
        #expect(
            files["20250101_000003_1.1.0_test_concurrently"]?.split(separator: "\n").dropFirst(3)
                == [
                    "-- Up Migration", "-- apus: no-transaction",
                    "CREATE UNIQUE INDEX CONCURRENTLY guests_email_key ON guests (email);",
                    "ALTER TABLE guests ADD CONSTRAINT guests_email_key UNIQUE USING INDEX guests_email_key;",
                    "CREATE UNIQUE INDEX CONCURRENTLY guests_pkey ON guests (id);",
                    "ALTER TABLE guests ADD CONSTRAINT guests_pkey PRIMARY KEY USING INDEX guests_pkey;",
                    "-- Down Migration (Rollback)", "-- apus: no-transaction",
                    "ALTER TABLE guests DROP CONSTRAINT guests_pkey;",
                    "ALTER TABLE guests DROP CONSTRAINT guests_email_key;",
                ])
    }

    @Test func `constraints of a new column become actions of their own`() throws {
        let files = try Self.fixed(
            """
            ALTER TABLE IF EXISTS ONLY guests
                ADD COLUMN nights integer DEFAULT 1  CHECK (nights > 0) NOT NULL CONSTRAINT few CHECK (nights < 99),
                ADD COLUMN "Of" text COLLATE "C" DEFAULT 1 REFERENCES trips (id) ON DELETE CASCADE INITIALLY DEFERRED;
            """, down: "ALTER TABLE guests DROP COLUMN nights, DROP COLUMN \"Of\";",
            earlier: "\(Self.guests) CREATE TABLE trips (id text PRIMARY KEY);")
        #expect(
            files["20250101_000000_1.1.0_test"]?.hasPrefix(
                """
                -- Up Migration
                ALTER TABLE IF EXISTS ONLY guests
                    ADD COLUMN nights integer DEFAULT 1 NOT NULL, ADD CONSTRAINT guests_nights_check CHECK (nights > 0) NOT VALID, ADD CONSTRAINT few CHECK (nights < 99) NOT VALID,
                    ADD COLUMN "Of" text COLLATE "C" DEFAULT 1, ADD CONSTRAINT "guests_Of_fkey" FOREIGN KEY ("Of") REFERENCES trips (id) ON DELETE CASCADE INITIALLY DEFERRED NOT VALID;
                """) == true)
        #expect(
            files["20250101_000001_1.1.0_test_validated"]?.contains(
                """
                ALTER TABLE IF EXISTS ONLY guests VALIDATE CONSTRAINT few;
                ALTER TABLE IF EXISTS ONLY guests VALIDATE CONSTRAINT "guests_Of_fkey";
                """) == true)
    }

    @Test func `an allowance covers its statement in whichever file that is`() throws {
        let files = try Self.fixed(
            """
            -- apus: allow lock-timeout-lifted of the statement below
            \(Self.index)
            -- apus: allow drop-column-loses-data it is empty
            ALTER TABLE guests DROP COLUMN phone;
            """, down: "ALTER TABLE guests ADD COLUMN phone text;")
        #expect(
            files["20250101_000000_1.1.0_test"]?.hasPrefix(
                """
                -- Up Migration
                -- apus: allow lock-timeout-lifted of the statement below

                -- apus: allow drop-column-loses-data it is empty
                ALTER TABLE
                """) == true)
    }

    @Test func `an allowance goes along, and what is allowed or harmless stays`() throws {
        let text = """
            -- apus: allow index-without-concurrently nobody is awake then
            \(Self.index)
            """
        #expect(try Self.fixed(text, down: "DROP INDEX guests_email_idx;") == [:])
        #expect(
            try Self.fixed(
                "CREATE TABLE notes (id bigint); CREATE INDEX n ON notes (id);",
                down: "DROP TABLE notes;"
            ) == [:])
    }

    @Test func `a file keeps its line ends and what a section without transaction has around it`()
        throws
    {
        let files = try Self.fixed(
            "-- apus: no-transaction\r\n\(Self.index)\r\nUPDATE guests SET phone = '' WHERE id = 1;",
            down: "-- apus: no-transaction\r\nDROP INDEX guests_email_idx;\r\nSELECT 1;")
        let text = try #require(files["20250101_000000_1.1.0_test"])
        #expect(files.count == 1)
        #expect(
            text.contains(
                "no-transaction\r\nCREATE INDEX CONCURRENTLY guests_email_idx ON guests (email);\r\nUPDATE"
            ))
    }

    @Test(arguments: Refused.all)
    func `what cannot be rewritten says why`(_ case: Refused) throws {
        let migrations =
            [
                try Migration.of(
                    "1.0.0",
                    up: "\(Self.guests) CREATE TABLE stays (night date) PARTITION BY RANGE (night);"
                ),
                try Migration.of("1.1.0", up: `case`.up, down: `case`.down),
            ] + (try `case`.later.map { try Migration.parsed($0.id, $0.text) })
        let fixes = Lint(selection: [migrations[1].id]).fixes(for: migrations)
        #expect(fixes.rewrites.isEmpty)
        #expect(fixes.unfixed.map(\.reason) == [`case`.reason])
    }

    @Test func `a file that must stay as it is stays`() throws {
        let migrations = [
            try Migration.of("1.0.0", up: Self.guests), try .of("1.1.0", up: Self.index),
        ]
        let fixes = Lint().fixes(
            for: migrations, untouchable: [migrations[1].id: "somebody has had it"])
        #expect(fixes.rewrites.isEmpty && fixes.unfixed.map(\.reason) == ["somebody has had it"])
    }

    @Test func `the fixed files are those of the migrations that are judged`() throws {
        let migrations = [
            try Migration.of("1.0.0", up: Self.guests), try .of("1.1.0", up: Self.index),
        ]
        #expect(Lint(selection: [migrations[0].id]).fixes(for: migrations).rewrites.isEmpty)
    }

    /// The files that one migration becomes.
    private static func fixed(
        _ up: String, down: String, earlier: String = guests
    ) throws -> [String: String] {
        let migrations = [
            try Migration.of("1.0.0", up: earlier), try .of("1.1.0", up: up, down: down),
        ]
        let fixes = Lint(selection: [migrations[1].id]).fixes(for: migrations)
        #expect(fixes.unfixed.map(\.reason) == [])
        return Dictionary(
            uniqueKeysWithValues: fixes.rewrites.flatMap { [$0.file] + $0.added }.map {
                ($0.id.description, String(decoding: $0.bytes, as: UTF8.self))
            })
    }
}

/// A folder's files by id.
private struct Folder {
    private var files: [String: String]

    init(_ migrations: [Migration]) {
        files = Dictionary(
            uniqueKeysWithValues: migrations.map { ($0.id.description, $0.source.text) })
    }

    func applying(_ fixes: LintFixes) -> [String: String] {
        var files = files
        for file in fixes.rewrites.flatMap({ [$0.file] + $0.added }) {
            files[file.id.description] = String(decoding: file.bytes, as: UTF8.self)
        }
        return files
    }
}

/// What is not rewritten, and why.
struct Refused: Sendable, CustomTestStringConvertible {
    var up: String
    var down = "SELECT 1;"
    var later: [(id: String, text: String)] = []
    var reason: String

    var testDescription: String { reason }

    private static let index = "CREATE INDEX guests_email_idx ON guests (email);"
    private static let rest = "-- Up Migration\nSELECT 1;\n-- Down Migration\nSELECT 1;\n"
    private static let check = "ALTER TABLE guests ADD CONSTRAINT c CHECK (email <> '');"

    static let all = [
        Refused(
            up: "CREATE INDEX i ON strangers (id);",
            reason:
                "no migration here makes strangers: where it is partitioned, its index cannot be built concurrently"
        ),
        Refused(
            up: "CREATE INDEX i ON stays (night);",
            reason: "stays is partitioned: its index cannot be built concurrently"),
        Refused(
            up: "CREATE INDEX ON guests (lower(email));",
            reason: "it has no name, which its down section needs: give it one"),
        Refused(
            up: "\(index)\nCOMMENT ON INDEX guests_email_idx IS 'by address';",
            reason: "it would run behind the statement in line 3, which names guests_email_idx"),
        Refused(
            up: "\(index)\nALTER TABLE guests DROP COLUMN phone, DROP COLUMN email;",
            reason: "it would run behind the statement in line 3, which is about guests as well"),
        Refused(
            up: "\(index)\nDO $$ BEGIN NULL; END $$;",
            reason: "it would run behind the statement in line 3, which may do anything"),
        Refused(
            up: "SELECT 1;\n\(index)", down: "DROP INDEX guests_email_idx;",
            reason: "the down section undoes nothing else, and would be empty without it"),
        Refused(
            up: "SELECT 1;\n\(index)",
            down: "DROP INDEX guests_email_idx;\nSELECT 'guests_email_idx';",
            reason: "its down section does more with guests_email_idx than undo this"),
        Refused(
            up: "SELECT 1;\n\(index)", later: [("20250101_000001_1.1.0_next", rest)],
            reason:
                "1.1.0 next follows so closely that no migration fits in between: give it a later timestamp"
        ),
        Refused(
            up: "SELECT 1;\n\(index)",
            later: [("20250101_000000_1.2.0_next", "-- apus: depends-on 1.1.0/test\n\(rest)")],
            reason: "1.2.0 next depends on it by name, and would not wait for what is split from it"
        ),
        Refused(
            up: "BEGIN;\n\(index)\nCOMMIT;",
            reason:
                "a section has BEGIN and COMMIT of its own: take them out, Apus opens the transaction"
        ),
        Refused(
            up: "\(check)\nALTER TABLE guests DROP CONSTRAINT c;",
            reason: "it would run behind the statement in line 3, which names c"),
        Refused(
            up: "ALTER TABLE guests ADD COLUMN IF NOT EXISTS a int DEFAULT 1 CHECK (a > 0);",
            reason: "ADD COLUMN IF NOT EXISTS adds it only where the column is not there yet"),
        Refused(
            up: "ALTER TABLE guests ADD COLUMN a int UNIQUE;",
            reason: "it belongs to a new column: add the column first, then the rest"),
        Refused(
            up: "ALTER TABLE IF EXISTS guests ADD CONSTRAINT c UNIQUE (email);",
            reason: "an index cannot be built IF its table EXISTS"),
        Refused(
            up: "ALTER TABLE ONLY guests ALTER COLUMN email SET NOT NULL;",
            reason: "ALTER TABLE ONLY leaves other tables out: that is for people"),
        Refused(
            up: "ALTER TABLE guests ALTER COLUMN email SET NOT NULL;",
            reason: "its down section does not drop NOT NULL of email"),
        Refused(
            up: "ALTER TABLE guests ADD PRIMARY KEY (email);",
            reason:
                "email is not NOT NULL as far as is known: all rows would be looked at for a NULL"),
        Refused(
            up: "SELECT 1;", down: "\(index)\nSELECT 1;",
            reason:
                "the rest of the down section needs its transaction, and a section has one or none"),
        Refused(
            up: "SELECT 1;", down: check, reason: "it stands in a down section, which is one step"),
    ]
}
