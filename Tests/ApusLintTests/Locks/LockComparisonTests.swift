import ApusCore
import Foundation
import Testing

@testable import ApusLint

/// What is predicted against what is measured, for every statement of every rule's examples.
@Suite(
    .enabled(if: ExampleServer.areExpected, "set APUS_TEST_POSTGRES_15, see scripts/postgres-up"))
struct LockComparisonTests {
    /// At most one statement in a hundred, each with its reason.
    private static let explained = [
        "SELECT undo_guests()": "what a function locks is in its body, which may be anything"
    ]

    @Test(arguments: ExampleServer.versions)
    func `the locks of the examples are those that were predicted`(_ server: ExampleServer) throws {
        var comparison = Comparison()
        try withDatabase(of: server) { url in
            for one in RuleExample.all where one.example.engine == .postgres {
                try compare(one, at: url, &comparison)
            }
        }
        print("\(server.testDescription): \(comparison.sentence)")
        for line in comparison.differences { print("  \(line)") }
        #expect(comparison.statements > 150)
        #expect(
            comparison.differences.filter { line in
                !Self.explained.keys.contains { line.contains($0) }
            } == [])
        #expect(comparison.share >= 0.99)
    }

    @Test(arguments: ExampleServer.versions)
    func `so are those of statements of other kinds, where the prediction says that it is complete`(
        _ server: ExampleServer
    ) throws {
        var comparison = Comparison()
        var incomplete = 0
        for group in WiderStatements.groups {
            try withDatabase(of: server) { url in
                let client = try ExampleClient(url)
                #expect(client.run("SET search_path = public") == nil)
                let version = try Self.version(of: client)
                let earlier = try Migration.of(up: group.earlier)
                #expect(client.run(earlier.up, earlier.source) == nil)
                var schema = KnownSchema()
                schema.take(earlier, ParsedMigration(earlier, isJudged: false))
                for sql in group.statements {
                    guard case .tree(let tree) = PostgresGrammar.parse(Array(sql.utf8)),
                        let node = tree.statement,
                        let measured = try StatementMeasurement.take(
                            sql, by: client, at: url, keeps: false)
                    else {
                        comparison.refused += 1
                        continue
                    }
                    let predicted = LockPrediction.of(node, before: schema, on: version)
                    if predicted.isComplete {
                        comparison.add(predicted, measured, sql)
                        continue
                    }
                    incomplete += 1
                    for lock in predicted.locks {
                        let found = measured.locks[ObjectName(schema: lock.schema, lock.name)]
                        #expect(found.map { $0.mode >= lock.mode } ?? false, "\(sql): \(lock)")
                    }
                }
            }
        }
        print(
            "\(server.testDescription): \(comparison.sentence); \(incomplete) more are not complete"
        )
        #expect(comparison.statements > 120)
        #expect(comparison.differences == [])
    }

    private func withDatabase(
        of server: ExampleServer, _ body: (String) throws -> Void
    ) throws {
        let database = "apus_\(UUID().uuidString.lowercased().filter { $0 != "-" }.prefix(16))"
        let url = try server.url
        let slash = try #require(url.lastIndex(of: "/"))
        let client = try ExampleClient(url)
        #expect(client.run("CREATE DATABASE \(database)") == nil)
        let outcome = Result { try body("\(url[..<slash])/\(database)") }
        // A worker of autovacuum belongs to nobody who could be ended by this role; it goes by itself.
        while let state = client.run("DROP DATABASE \(database) WITH (FORCE)") {
            try #require(state == "42501", "\(state)")
        }
        try outcome.get()
    }

    private static func version(of client: ExampleClient) throws -> Int {
        try #require(Int(client.rows("SHOW server_version_num")[0][0] ?? "")) / 10_000
    }

    struct Comparison {
        var statements = 0
        var locks = 0
        /// How many of the locks' rewrites and scans were left open.
        var open = 0
        var refused = 0
        var differences: [String] = []

        var share: Double { Double(statements - differences.count) / Double(max(statements, 1)) }

        var sentence: String {
            let percent = String(format: "%.1f", share * 100)
            return
                "\(statements - differences.count) of \(statements) statements as predicted (\(percent) %), with \(locks) locks; \(open) times it was left open whether a table is rewritten or scanned; \(refused) statements are refused"
        }
    }

    private func compare(
        _ one: RuleExample, at url: String, _ comparison: inout Comparison
    ) throws {
        let client = try ExampleClient(url)
        for row in try client.rows(
            "SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'"
        ) {
            #expect(client.run("DROP SCHEMA \"\(row[0] ?? "")\" CASCADE") == nil)
        }
        #expect(client.run("CREATE SCHEMA public; SET search_path = public") == nil)
        let version =
            try #require(
                Int(client.rows("SHOW server_version_num")[0][0] ?? "")) / 10_000
        var schema = KnownSchema()
        for migration in try ExampleMigrations(one.example).all {
            let sections: [(Direction, Script?)] = [
                (.up, migration.up), (.down, migration.down),
            ]
            for case (let direction, let script?) in sections {
                // A section of its own says nothing where the example cannot be undone.
                guard direction == .up || one.example.down != nil else { continue }
                var statements: [Statement] = []
                script.forEachStatement(in: migration.source) { statements.append($1) }
                for (index, statement) in statements.enumerated() {
                    let sql = migration.source.text(statement.range)
                    let measured = try StatementMeasurement.take(sql, by: client, at: url)
                    guard let measured else {
                        comparison.refused += 1
                        continue
                    }
                    guard
                        case .tree(let tree) = PostgresGrammar.parse(
                            migration.source.bytes(statement.range)),
                        let node = tree.statement
                    else {
                        Issue.record("the server takes what the parser does not: \(sql)")
                        continue
                    }
                    comparison.add(
                        LockPrediction.of(node, before: schema, on: version), measured,
                        "\(one.rule.name): \(sql)")
                    schema.take(
                        node,
                        KnownSchema.Birth(
                            migration: migration.id, direction: direction, statement: index))
                }
            }
        }
    }
}

extension LockComparisonTests.Comparison {
    mutating func add(
        _ predicted: PredictedLocks, _ measured: StatementMeasurement, _ place: String
    ) {
        statements += 1
        locks += measured.locks.count
        var reasons = predicted.isComplete ? [] : ["the prediction is not complete"]
        let names = predicted.locks.map { ObjectName(schema: $0.schema, $0.name) }
        for (name, lock) in zip(names, predicted.locks) {
            guard let found = measured.locks[name] else {
                reasons.append("\(name): \(lock.mode.name) predicted, no lock measured")
                continue
            }
            if found.mode != lock.mode {
                reasons.append(
                    "\(name): \(lock.mode.name) predicted, \(found.mode.name) measured")
            }
            let facts = [
                ("rewritten", lock.isRewritten, found.isRewritten),
                ("scanned", lock.isScanned, found.isScanned),
            ]
            for (word, predicted, measured) in facts {
                guard let measured else { continue }
                if predicted == nil { open += 1 }
                if let predicted, predicted != measured {
                    reasons.append("\(name): \(word) \(predicted) predicted, \(measured) measured")
                }
            }
        }
        for (name, lock) in measured.locks where !names.contains(name) {
            reasons.append("\(name): no lock predicted, \(lock.mode.name) measured")
        }
        if !reasons.isEmpty {
            differences.append("\(place): \(reasons.joined(separator: "; "))")
        }
    }
}
