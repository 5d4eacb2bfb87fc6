import ApusCore
import Testing

@Suite struct HeaderTests {
    @Test(arguments: [
        "-- Migration: 1.2.0 - add_languages\n-- Created: 2025-01-15T10:30:00",
        "-- migration:   1.2.0   -   add_languages",
        "--Migration: 1.2.0 - add_languages\r",
        "-- Created: never",
        "-- Migrations: 7",
        "-- This migration: adds a column",
    ])
    func `a header that agrees, or is none, is accepted`(header: String) {
        #expect(ParseOutcome(header: header).report == "")
    }

    @Test(arguments: [
        "1.2.1 - add_languages", "1.2.0 - add_language", "1.2.0 add_languages", "1.2.0", "",
        "1.2.0 - add_languages - again",
    ])
    func `a header that disagrees is refused`(text: String) {
        let outcome = ParseOutcome(header: "-- Migration: \(text)")
        #expect(
            outcome.messages == [
                "1:1 the header says \"\(text)\", the file name says \"1.2.0 - add_languages\""
            ])
    }

    @Test func `a header that disagrees is marked`() {
        #expect(
            ParseOutcome(header: "\n -- Migration: 1.1.0 - größe").report == """
                error[header-mismatch]: the header says "1.1.0 - größe", the file name says "1.2.0 - add_languages"
                 --> migrations/20250115_103000_1.2.0_add_languages.sql:2:2
                  |
                2 |  -- Migration: 1.1.0 - größe
                  |  ^^^^^^^^^^^^^^^^^^^^^^^^^^^
                next:  make the header and the file name agree
                """)
    }

    @Test func `only the header is a header`() {
        #expect(ParseOutcome(up: "-- Migration: 9.9.9 - other\nSELECT 1;").report == "")
    }

    @Test func `pre-release and build metadata are part of the header's version`() {
        let text =
            "-- Migration: 2.0.0-rc.1+7 - x\n-- Up Migration\nSELECT 1;\n-- Down Migration\nSELECT 2;"
        #expect(ParseOutcome(text, fileName: "20250115_103000_2.0.0-rc.1+7_x.sql").report == "")
    }
}
