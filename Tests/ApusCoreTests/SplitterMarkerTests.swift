import ApusCore
import Testing

@Suite struct SplitterMarkerTests {
    @Test(arguments: [
        ("-- Up Migration", SectionMarker.up),
        ("--up\tmigration  ", .up),
        ("   --  UP   MIGRATION\t", .up),
        ("-- Down Migration (Rollback)", .down),
        ("-- down migration", .down),
        ("\t-- Down  Migration   (ROLLBACK) \r", .down),
    ])
    func `F51: a marker is recognised`(_ line: String, _ marker: SectionMarker) {
        for dialect in DatabaseEngine.allCases {
            let outcome = SplitOutcome("SELECT 1;\n\(line)\nSELECT 2", dialect: dialect)
            #expect(outcome.markers == [marker])
            #expect(outcome.texts == ["SELECT 1", "SELECT 2"])
            #expect(outcome.comments.isEmpty)
        }
    }

    @Test(arguments: [
        "-- Up Migrations", "-- UpMigration", "-- Up Migration (Rollback)", "--- Up Migration",
        "-- Down Migration (Undo)", "-- The Up Migration", "/* -- Up Migration */",
        "/*\n-- Up Migration\n*/", "'\n-- Up Migration\n'", "\"\n-- Up Migration\n\"",
        "; -- Up Migration", "/* c */ -- Up Migration",
    ])
    func `F51: other text is no marker`(_ text: String) {
        for dialect in DatabaseEngine.allCases {
            let outcome = SplitOutcome("SELECT 1;\n\(text)\nSELECT 2", dialect: dialect)
            #expect(outcome.markers.isEmpty)
        }
        #expect(SplitOutcome("DO $$\n-- Up Migration\n$$;").markers.isEmpty)
    }

    @Test func `a marker ends an unfinished statement before it`() {
        let outcome = SplitOutcome("CREATE TABLE t (\n  -- Down Migration\nDROP TABLE t")
        #expect(outcome.texts == ["CREATE TABLE t (", "DROP TABLE t"])
        #expect(outcome.items.count == 3)
        guard case .marker(.down, let range, let line) = outcome.items[1] else {
            Issue.record("the marker is not between the statements")
            return
        }
        #expect(outcome.text(range) == "-- Down Migration")
        #expect(line == 2)
    }

    @Test func `markers are comments where they are not asked for`() {
        let outcome = SplitOutcome(
            "-- Up Migration\nSELECT 1\n-- Down Migration\n, 2", recognisesMarkers: false)
        #expect(outcome.comments == ["-- Up Migration"])
        #expect(outcome.texts == ["SELECT 1\n-- Down Migration\n, 2"])
    }

    @Test func `a comment alone on its line between statements is an item`() {
        let script = "-- a\r\n  -- apus: b\t\r\nSELECT 1 -- c\n-- d\n; -- e\n/* f */ -- g\n-- h"
        #expect(SplitOutcome(script).comments == ["-- a", "-- apus: b\t", "-- h"])
        #expect(
            SplitOutcome(script, dialect: .sqlite).comments == ["-- a", "-- apus: b\t", "-- h"])
    }
}
