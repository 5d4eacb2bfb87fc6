import ApusCore
import GRDBSQLite
import Testing

@testable import ApusLint

@Suite struct RuleSQLiteTests {
    @Test(arguments: RuleExample.all.filter { $0.example.engine == .sqlite })
    func `an example runs on SQLite`(_ one: RuleExample) throws {
        var handle: OpaquePointer?
        try #require(sqlite3_open(":memory:", &handle) == SQLITE_OK)
        defer { sqlite3_close(handle) }
        for migration in try ExampleMigrations(one.example).all {
            for script in [migration.up, migration.down].compactMap(\.self) {
                script.forEachStatement(in: migration.source) { _, statement in
                    let text = migration.source.text(statement.range)
                    #expect(sqlite3_exec(handle, text, nil, nil, nil) == SQLITE_OK, "\(text)")
                }
            }
        }
    }
}
