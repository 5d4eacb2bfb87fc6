import ApusCore
import Testing

struct SchemaDifferenceTests {
    private func snapshot(_ objects: SchemaObject...) -> SchemaSnapshot {
        SchemaSnapshot(engine: .postgres, server: "PostgreSQL 15.8", objects: objects)
    }

    private func column(
        _ name: String, _ type: String, _ more: SchemaObject.Attribute...
    ) -> SchemaObject {
        SchemaObject(.column, name, [.init("type", type)] + more)
    }

    @Test func `equal schemas have no difference`() {
        let schema = snapshot(SchemaObject(.table, "public.t"), column("public.t.a", "text"))
        #expect(SchemaDifference.between(schema, schema).isEmpty)
    }

    @Test func `the order in which objects are read does not matter`() {
        let table = SchemaObject(.table, "public.t")
        let index = SchemaObject(.index, "public.t_a", [.init("b", "1"), .init("a", "2")])
        let other = SchemaObject(.index, "public.t_a", [.init("a", "2"), .init("b", "1")])
        #expect(snapshot(table, index).digest == snapshot(other, table).digest)
        #expect(snapshot(table, index).objects == snapshot(other, table).objects)
    }

    @Test func `the server's version is not part of the digest`() {
        let objects = [SchemaObject(.table, "public.t")]
        let old = SchemaSnapshot(engine: .postgres, server: "PostgreSQL 15.8", objects: objects)
        let new = SchemaSnapshot(engine: .postgres, server: "PostgreSQL 15.9", objects: objects)
        #expect(old.digest == new.digest)
        #expect(old.serverRelease == "PostgreSQL 15")
    }

    @Test func `a changed attribute is named with its old and its new text`() {
        let old = snapshot(column("public.t.a", "text", .init("default", "'x'")))
        let new = snapshot(column("public.t.a", "varchar(10)", .init("nullable", "no")))
        #expect(
            SchemaDifference.between(old, new).lines == [
                "~ column public.t.a: default 'x' -> (none)",
                "~ column public.t.a: nullable (none) -> no",
                "~ column public.t.a: type text -> varchar(10)",
            ])
    }

    @Test func `what came and what went are named with what tells most`() {
        let old = snapshot(column("public.t.a", "text"), SchemaObject(.table, "public.t"))
        let new = snapshot(
            SchemaObject(.table, "public.t"),
            SchemaObject(
                .index, "public.i", [.init("definition", "CREATE INDEX i ON public.t (b)")]),
            SchemaObject(.schema, "app"))
        #expect(
            SchemaDifference.between(old, new).lines == [
                "+ schema app", "+ index public.i: CREATE INDEX i ON public.t (b)",
                "- column public.t.a: text",
            ])
    }

    @Test func `the parts of a table that came or went are counted`() {
        let table = snapshot(
            SchemaObject(.table, "public.\"a.b\""), column("public.\"a.b\".x", "text"),
            column("public.\"a.b\".y", "text"),
            SchemaObject(
                .constraint, "public.\"a.b\".pk", [.init("definition", "PRIMARY KEY (x)")]),
            SchemaObject(.index, "public.i", [.init("table", "public.\"a.b\"")]))
        let nothing = snapshot()
        #expect(
            SchemaDifference.between(nothing, table).lines == [
                "+ table public.\"a.b\" (2 columns, 1 constraint, 1 index)"
            ])
        #expect(
            SchemaDifference.between(table, nothing).lines == [
                "- table public.\"a.b\" (2 columns, 1 constraint, 1 index)"
            ])
        #expect(SchemaDifference.between(nothing, table).added.count == 5)
    }

    @Test func `of a text of several lines the first that differs is shown`() {
        func function(_ body: String) -> SchemaSnapshot {
            snapshot(SchemaObject(.function, "public.f()", [.init("definition", body)]))
        }
        #expect(
            SchemaDifference.between(function("a\nb\nc"), function("a\nB\nc")).lines == [
                "~ function public.f(): definition, line 2: b -> B"
            ])
        #expect(
            SchemaDifference.between(function("a\nb"), function("a")).lines == [
                "~ function public.f(): definition, line 2: b -> (end)"
            ])
    }

    @Test func `texts are compared by their bytes`() {
        let composed = snapshot(column("public.t.caf\u{E9}", "text"))
        let decomposed = snapshot(column("public.t.cafe\u{301}", "text"))
        #expect(composed.digest != decomposed.digest)
        #expect(SchemaDifference.between(composed, decomposed).count == 2)
        let accented = snapshot(column("public.t.a", "text", .init("default", "'\u{E9}'")))
        let other = snapshot(column("public.t.a", "text", .init("default", "'e\u{301}'")))
        #expect(SchemaDifference.between(accented, other).count == 1)
    }

    @Test func `two objects of one name are told apart by their number`() {
        let check = SchemaObject(.constraint, "t: CHECK (a > 0)")
        #expect(
            SchemaDifference.between(snapshot(check, check), snapshot(check)).removed == [check])
    }

    @Test func `owners and grants can be left out of account`() {
        let old = snapshot(
            SchemaObject(.table, "public.t", [.init("owner", "ana"), .init("comment", "x")]),
            SchemaObject(.grant, "table public.t to app", [.init("granted", "SELECT")]))
        let new = snapshot(
            SchemaObject(.table, "public.t", [.init("owner", "ben"), .init("comment", "x")]))
        #expect(SchemaDifference.between(old, new).count == 2)
        #expect(SchemaDifference.between(old, new, ignoringRoles: true).isEmpty)
    }

    /// Sets of objects drawn from a few names, so that all three lists get something.
    @Test(arguments: 0..<200) func `applying a difference gives the other schema`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        func draw() -> [SchemaObject] {
            (0..<Int.random(in: 0...12, using: &random)).reduce(into: [String: SchemaObject]()) {
                objects, _ in
                let name = "public.t\(Int.random(in: 0...7, using: &random))"
                let kind: SchemaObject.Kind = Bool.random(using: &random) ? .table : .index
                let attributes = (0..<3).compactMap { number -> SchemaObject.Attribute? in
                    guard Bool.random(using: &random) else { return nil }
                    return .init("a\(number)", "\(Int.random(in: 0...1, using: &random))")
                }
                objects["\(kind) \(name)"] = SchemaObject(kind, name, attributes)
            }.values.map(\.self)
        }
        let old = SchemaSnapshot(engine: .sqlite, server: "", objects: draw())
        let new = SchemaSnapshot(engine: .sqlite, server: "", objects: draw())
        let difference = SchemaDifference.between(old, new)
        var objects = old.objects.filter { !difference.removed.contains($0) } + difference.added
        for change in difference.changed {
            guard
                let index = objects.firstIndex(where: {
                    $0.kind == change.kind && $0.name == change.name
                })
            else {
                Issue.record("\(change.name) is not there")
                continue
            }
            var attributes = objects[index].attributes
            for attribute in change.attributes {
                #expect(objects[index][attribute.name] == attribute.old)
                attributes.removeAll { $0.name == attribute.name }
                if let text = attribute.new { attributes.append(.init(attribute.name, text)) }
            }
            objects[index] = SchemaObject(change.kind, change.name, attributes)
        }
        #expect(
            SchemaSnapshot(engine: .sqlite, server: "", objects: objects).digest == new.digest)
        #expect(difference.isEmpty == (old.digest == new.digest))
    }
}
