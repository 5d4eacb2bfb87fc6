import ApusCore
import Foundation
import Testing

@testable import ApusLint

/// The examples on real servers: what an example shows must be possible, and what a rule says the
/// server refuses, it must refuse.
@Suite(
    .enabled(if: ExampleServer.areExpected, "set APUS_TEST_POSTGRES_15, see scripts/postgres-up"))
struct RuleServerTests {
    @Test(
        arguments: ExampleServer.versions, RuleExample.all.filter { $0.example.engine == .postgres }
    )
    func `an example runs on PostgreSQL`(_ server: ExampleServer, _ one: RuleExample) throws {
        let example = one.example
        let database = "apus_\(UUID().uuidString.lowercased().filter { $0 != "-" }.prefix(16))"
        let url = try server.url
        let client = try ExampleClient(url)
        #expect(client.run("CREATE DATABASE \(database)") == nil)
        defer { #expect(client.run("DROP DATABASE \(database)") == nil) }
        let slash = try #require(url.lastIndex(of: "/"))
        do {
            let own = try ExampleClient("\(url[..<slash])/\(database)")
            #expect(own.run("SET search_path = public") == nil)
            // A step down leaves a table with rows, where it should show what happens to them.
            for migration in try ExampleMigrations(example).all {
                let isExample = migration.id.version == SemanticVersion("1.1.0")
                let refusal = own.run(migration.up, migration.source)
                #expect(refusal == (isExample ? example.refusal : nil))
                if isExample, refusal == nil, let down = migration.down {
                    #expect(own.run(down, migration.source) == nil)
                }
            }
        }
    }
}
