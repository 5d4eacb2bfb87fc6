import ApusCore
import Testing

struct SchemaDriftTests {
    private func snapshot(_ count: Int) -> SchemaSnapshot {
        SchemaSnapshot(
            engine: .postgres, server: "PostgreSQL 15.8",
            objects: (0..<count).map { SchemaObject(.schema, "s\($0 + 10)") })
    }

    @Test func `no difference is no finding`() {
        #expect(
            SchemaDrift.finding(
                .between(snapshot(1), snapshot(1)), since: RunID(3), recordedOn: "a", liveOn: "b")
                == nil)
    }

    @Test func `a finding names the run, the objects and what to do`() throws {
        let finding = try #require(
            SchemaDrift.finding(
                .between(snapshot(1), snapshot(2)), since: RunID(3),
                recordedOn: "PostgreSQL 15", liveOn: "PostgreSQL 15"))
        #expect(finding.code == .schemaDrift)
        #expect(finding.severity == .error)
        #expect(
            finding.message
                == "the schema was changed since run 3, and not by Apus: 1 difference")
        #expect(finding.details == ["+ schema s11"])
        #expect(finding.help.contains("see all of it: apus schema diff"))
    }

    @Test func `of many differences the first are listed and the rest counted`() throws {
        let finding = try #require(
            SchemaDrift.finding(
                .between(snapshot(0), snapshot(21)), since: RunID(3), recordedOn: "PostgreSQL 15",
                liveOn: "PostgreSQL 18"))
        #expect(finding.details.count == 21)
        #expect(finding.details[19] == "… and 2 more")
        #expect(
            finding.details[20]
                == "recorded on PostgreSQL 15, now PostgreSQL 18: the upgrade may have changed texts"
        )
        let twenty = SchemaDrift.finding(
            .between(snapshot(0), snapshot(20)), since: RunID(3), recordedOn: "", liveOn: "")
        #expect(twenty?.details.count == 20)
        #expect(twenty?.details.last == "+ schema s29")
    }
}
