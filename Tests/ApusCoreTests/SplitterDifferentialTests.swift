import ApusCore
import CPgQuery
import Foundation
import Testing

/// The splitter against PostgreSQL's own grammar, on generated scripts.
///
/// `APUS_SPLITTER_CASES` says how many of them, instead of 50,000, and `APUS_SPLITTER_SEED` where they begin,
/// so that another run takes others.
@Suite struct SplitterDifferentialTests {
    private static let parts: UInt64 = 10

    private static func number(_ name: String) -> UInt64? {
        ProcessInfo.processInfo.environment[name].flatMap(UInt64.init)
    }

    @Test(arguments: 0..<parts)
    func `the splitter agrees with PostgreSQL's parser`(_ part: UInt64) {
        var compared = 0
        var refused = 0
        let wanted = (Self.number("APUS_SPLITTER_CASES") ?? 50_000) / Self.parts
        let first = (Self.number("APUS_SPLITTER_SEED") ?? 0) + part * 1_000_000_000
        // The parser refuses a few of them.
        for seed in first..<first + wanted + wanted / 50 {
            var generator = ScriptGenerator(seed: seed)
            let script = generator.script()
            guard let oracle = ParserSplit(script) else {
                refused += 1
                continue
            }
            compared += 1
            let outcome = SplitOutcome(script)
            guard outcome.failure == nil, oracle.agrees(with: outcome) else {
                Issue.record(
                    "seed \(seed): \(outcome.texts) \(String(describing: outcome.failure)) for\n\(script)"
                )
                return
            }
        }
        #expect(compared >= wanted, "the parser refused \(refused) scripts")
        print("splitter: part \(part): \(compared) split alike, \(refused) refused")
    }
}

/// How PostgreSQL's parser splits a script.
private struct ParserSplit {
    let ranges: [Range<Int>]

    /// Nil if the parser refuses the script.
    init?(_ script: String) {
        let result = pg_query_split_with_parser(script)
        defer { pg_query_free_split_result(result) }
        guard result.error == nil else { return nil }
        ranges = (0..<Int(result.n_stmts)).map { index in
            let statement = result.stmts[index]!.pointee
            let start = Int(statement.stmt_location)
            return start..<start + Int(statement.stmt_len)
        }
    }

    /// The same statements: each one's text without white space and comments around it.
    func agrees(with outcome: SplitOutcome) -> Bool {
        guard outcome.statements.count == ranges.count else { return false }
        return zip(outcome.statements, ranges).allSatisfy { statement, range in
            let ours = statement.range
            return skippingTrivia(in: outcome.script, range) == ours.lowerBound
                && ours.upperBound <= range.upperBound
                && skippingTrivia(in: outcome.script, ours.upperBound..<range.upperBound)
                    == range.upperBound
        }
    }

    /// The offset of the first byte that is neither white space nor in a comment.
    private func skippingTrivia(in script: [UInt8], _ range: Range<Int>) -> Int {
        var index = range.lowerBound
        var depth = 0
        while index < range.upperBound {
            let rest = script[index..<range.upperBound]
            if rest.starts(with: Array("/*".utf8)) {
                depth += 1
                index += 2
            } else if depth > 0 {
                let closes = rest.starts(with: Array("*/".utf8))
                depth -= closes ? 1 : 0
                index += closes ? 2 : 1
            } else if rest.starts(with: Array("--".utf8)) {
                index = rest.firstIndex(of: 0x0A) ?? range.upperBound
            } else if [0x20, 0x09, 0x0A, 0x0D].contains(script[index]) {
                index += 1
            } else {
                return index
            }
        }
        return range.upperBound
    }
}
