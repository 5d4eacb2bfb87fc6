import ApusCore
import Testing

@testable import ApusEngine

@Suite struct DataChangeTests {
    private func table(
        _ rows: Int64, _ columns: [String: String], together: String = "t"
    ) -> TableContents {
        TableContents(name: "guests", rows: rows, columns: columns, together: together)
    }

    private func changes(_ before: TableContents, _ after: TableContents?) -> [String] {
        DataChange.between([before], after.map { [$0] } ?? []).map(\.sentence)
    }

    @Test func `equal contents are no change`() {
        #expect(changes(table(2, ["a": "1"]), table(2, ["a": "1"])).isEmpty)
    }

    @Test func `what is lost is told by table and column`() {
        let before = table(2, ["a": "1", "b": "2", "c": "3"])
        #expect(changes(before, nil) == ["guests: the table is gone, with 2 rows"])
        #expect(
            changes(before, table(2, ["a": "1", "b": "9"])) == [
                "guests.b: other values than before", "guests.c: the column is gone",
            ])
        #expect(
            changes(before, table(1, ["a": "7", "b": "8", "c": "9"])) == [
                "guests: 1 row instead of 2; the columns of the others are not compared"
            ])
        #expect(
            changes(before, table(2, ["a": "1", "b": "2", "c": "3"], together: "u")) == [
                "guests: values have moved from row to row"
            ])
    }

    @Test func `without rows there is nothing to lose, and what is new is no loss`() {
        #expect(changes(table(0, ["a": ""]), nil).isEmpty)
        #expect(changes(table(0, ["a": ""]), table(0, [:])).isEmpty)
        #expect(
            changes(table(2, ["a": "1"]), table(2, ["a": "1", "b": "2"], together: "u")).isEmpty)
        #expect(DataChange.between([], [table(3, ["a": "1"])]).isEmpty)
    }
}
