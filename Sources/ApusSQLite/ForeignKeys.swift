import ApusCore
import ApusEngine
import GRDB

import struct ApusCore.Statement
import struct ApusEngine.DatabaseError

/// What `PRAGMA foreign_keys` is to be during a step, and whether its result keeps them.
///
/// SQLite ignores the pragma inside a transaction, and with foreign keys on, the DROP TABLE of a
/// table rebuild deletes the rows that refer to it. So, as https://www.sqlite.org/lang_altertable.html
/// (section 7) prescribes, the switch is made outside of the transaction:
///
/// - A script that begins with `PRAGMA foreign_keys = ON` or `OFF` (other pragmas may stand before
///   it) gets what it says.
/// - Any other script runs with them off, as in sqlite3.
/// - With `StepOptions.enforcesForeignKeys`, a step that leaves more violations than it found is
///   rolled back. Violations that were there before do not make it fail.
/// - Otherwise a step that drops a table is told which violations it leaves that were not there.
struct ForeignKeys {
    /// How many rows of a table refer to a row that its parent table lacks.
    typealias Violations = [String: Int]

    /// The state that the script runs in.
    let areOn: Bool
    private let mustHold: Bool
    private let isLookedAt: Bool

    init(_ step: Step, options: StepOptions, dropsTable: Bool = false) {
        mustHold = options.enforcesForeignKeys && step.action == .run
        isLookedAt =
            mustHold || (options.tellsViolations || dropsTable) && step.action == .run
        var setting = false
        var statements = StatementCursor(step.script)
        while step.action == .run, let statement = statements.next(in: step.source),
            Self.isPragma(statement, of: step)
        {
            setting = Self.setting(step.source.text(statement.range)) ?? setting
        }
        areOn = setting
    }

    /// What to say of a pragma that SQLite ignores where it stands.
    func notice(for statement: Statement, of step: Step) -> String? {
        guard Self.isPragma(statement, of: step),
            let wanted = Self.setting(step.source.text(statement.range)), wanted != areOn
        else { return nil }
        return
            "PRAGMA foreign_keys on line \(statement.line) has no effect inside the migration's transaction; put it before the first statement"
    }

    func switchOutside(on handle: OpaquePointer) throws(DatabaseError) {
        if areOn {
            try RawStatement.execute("PRAGMA foreign_keys = ON", on: handle)
        } else {
            try RawStatement.execute("PRAGMA foreign_keys = OFF", on: handle)
        }
    }

    /// The violations now; `nil` where nobody asks, and where SQLite cannot tell and they need not hold: a key
    /// that refers to columns which are not unique ends the check with an error.
    func violations(in database: Database) throws(DatabaseError) -> Violations? {
        guard isLookedAt else { return nil }
        do throws(DatabaseError) {
            return try allViolations(in: database)
        } catch {
            if mustHold { throw error }
            return nil
        }
    }

    private func allViolations(in database: Database) throws(DatabaseError) -> Violations {
        let rows = try mapped {
            try Row.fetchAll(
                database,
                sql: """
                    SELECT "table" AS child, parent, count(*) AS violations
                    FROM pragma_foreign_key_check GROUP BY 1, 2
                    """)
        }
        var violations: Violations = [:]
        for row in rows {
            let (child, parent): (String, String) = (row["child"], row["parent"])
            violations["\(child) → \(parent)"] = row["violations"]
        }
        return violations
    }

    /// Refuses a step that leaves rows without their parent; where they need not have one, what to say
    /// of it.
    func check(
        against before: Violations?, in database: Database
    ) throws(DatabaseError) -> String? {
        guard let before, let now = try violations(in: database) else { return nil }
        let grown = now.filter { $0.value > before[$0.key] ?? 0 }.sorted { $0.key < $1.key }
        guard let worst = grown.first else { return nil }
        let count = worst.value - (before[worst.key] ?? 0)
        let rows = count == 1 ? "1 row that violates" : "\(count) rows that violate"
        guard mustHold else { return "it leaves \(rows) the foreign key \(worst.key)" }
        throw DatabaseError(
            .commitFailed,
            "the migration leaves \(rows) the foreign key \(worst.key)",
            sqlState: "SQLITE_CONSTRAINT_FOREIGNKEY",
            detail: grown.count > 1
                ? "also violated: \(grown.dropFirst().map(\.key).joined(separator: ", "))" : nil)
    }

    private static func isPragma(_ statement: Statement, of step: Step) -> Bool {
        step.source.withBytes { bytes in
            bytes[statement.range].prefix(6).lazy.map { $0 | 0x20 }.elementsEqual("pragma".utf8)
        }
    }

    /// What a statement sets the pragma to; `nil` for any other statement.
    private static func setting(_ sql: String) -> Bool? {
        let pattern = /pragma\s+(?:\w+\s*\.\s*)?foreign_keys\s*(?:=|\()\s*['"]?(\w+)['"]?\s*\)?/
        guard let match = sql.wholeMatch(of: pattern.ignoresCase()) else { return nil }
        let value = match.1.lowercased()
        return ["on", "true", "yes"].contains(value) || (Int(value) ?? 0) != 0
    }
}
