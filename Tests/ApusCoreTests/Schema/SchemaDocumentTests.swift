import ApusCore
import Foundation
import Testing

struct SchemaDocumentTests {
    private let snapshot = SchemaSnapshot(
        engine: .postgres, server: "PostgreSQL 15.8",
        objects: [
            SchemaObject(
                .function, "public.\"f\\g\"()",
                [.init("definition", "line 1\n\ttab \"quoted\" \u{1}\u{7F} é / \u{2028}")]),
            SchemaObject(
                .table, "public.t", [.init("owner", "ana"), .init("row-security", "enabled")]),
            SchemaObject(.schema, "public"),
        ])

    @Test func `the document is the same bytes every time`() {
        #expect(
            snapshot.document == """
                {"form":1,"engine":"postgres","server":"PostgreSQL 15.8","digest":"\(snapshot.digest.hex)","objects":[
                {"kind":"schema","name":"public","attributes":{}},
                {"kind":"function","name":"public.\\"f\\\\g\\"()","attributes":{"definition":"line 1\\n\\ttab \\"quoted\\" \\u0001\u{7F} é / \u{2028}"}},
                {"kind":"table","name":"public.t","attributes":{"owner":"ana","row-security":"enabled"}}
                ]}

                """)
    }

    @Test func `the digest covers a line for the format and a line for each object`() {
        let lines = snapshot.document.split(separator: "\n").dropFirst().dropLast()
            .map { $0.hasSuffix(",") ? String($0.dropLast()) : String($0) }
        let text = (["apus-schema 1 postgres"] + lines).map { "\($0)\n" }.joined()
        #expect(snapshot.digest == Checksum(of: text))
    }

    @Test func `a document is read back whole`() throws {
        let read = try JSONDecoder().decode(
            SchemaSnapshot.self, from: Data(snapshot.document.utf8))
        #expect(read.objects == snapshot.objects)
        #expect(read.digest == snapshot.digest)
        #expect(read.server == snapshot.server)
        #expect(read.document == snapshot.document)
    }

    @Test func `what an encoder writes is read back as well`() throws {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        let read = try decoder.decode(SchemaSnapshot.self, from: try encoder.encode(snapshot))
        #expect(read.objects == snapshot.objects)
    }

    @Test(arguments: [
        ("\"owner\":\"ana\"", "\"owner\":\"ben\"", "the document was edited"),
        ("\"form\":1", "\"form\":2", "the schema has form 2"),
        ("\"postgres\"", "\"oracle\"", "no engine is called oracle"),
    ])
    func `a document that was edited or comes from elsewhere is refused`(
        old: String, new: String, reason: String
    ) {
        let document = snapshot.document.replacing(old, with: new)
        let error = #expect(throws: DecodingError.self) {
            try JSONDecoder().decode(SchemaSnapshot.self, from: Data(document.utf8))
        }
        #expect("\(String(describing: error))".contains(reason))
    }
}
