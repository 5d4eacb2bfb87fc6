import ApusCore
import Testing

@Suite struct SplitterFuzzTests {
    /// Pieces that begin or end something in one of the dialects.
    static let pieces = [
        "'", "\"", "`", "[", "]", "$", "$$", "$a$", "$1", "(", ")", ";", "--", "/*", "*/", "\\",
        "\\.",
        "\n", "\r", "\r\n", " ", "\t", "E'", "B'", "X'", "N'", "U&'", "U&\"", "a", "1.", ".5",
        "1e+",
        ":", "::", "?", "-", "+", "=", "/", "*", ".", "#", "\u{FEFF}", "é", "𝄞", "BEGIN", "ATOMIC",
        "END", "CREATE", "FUNCTION", "OR", "REPLACE", "TRIGGER", "TEMP", "EXPLAIN", "COPY", "FROM",
        "STDIN", "PROGRAM", "SET", "standard_conforming_strings", "off", "set_config", "SELECT",
        "-- Up Migration\n", "\n-- Down Migration", "REINDEX", "SUBSCRIPTION", "WITH", "ALTER",
        "TABLE", "DETACH", "PARTITION", "PRAGMA", "journal_mode", "CLUSTER", "COMMIT", "AND", ",",
    ]

    static func script(seed: UInt64) -> [UInt8] {
        var random = SeededGenerator(seed: seed)
        var bytes: [UInt8] = []
        for _ in 0..<Int.random(in: 0...30, using: &random) {
            if Int.random(in: 0..<8, using: &random) == 0 {
                bytes.append(UInt8.random(in: 0...255, using: &random))
            } else {
                bytes += pieces.randomElement(using: &random)!.utf8
                if Bool.random(using: &random) { bytes.append(0x20) }
            }
        }
        return bytes
    }

    @Test(arguments: DatabaseEngine.allCases)
    func `any bytes are split, in order and without an end in sight being missed`(
        _ dialect: DatabaseEngine
    ) {
        for seed in 0..<UInt64(20_000) {
            let script = Self.script(seed: seed)
            let outcome = SplitOutcome(script, dialect: dialect)
            var reached = 0
            for item in outcome.items {
                let range: Range<Int>
                switch item {
                case .statement(let statement):
                    range = statement.range
                    #expect(!range.isEmpty, "seed \(seed)")
                    if let data = statement.copyData {
                        #expect(data.lowerBound >= range.upperBound, "seed \(seed)")
                        #expect(data.upperBound <= script.count, "seed \(seed)")
                    }
                case .comment(let comment, _): range = comment
                case .marker(_, let marker, _): range = marker
                }
                #expect(
                    range.lowerBound >= reached && range.upperBound <= script.count, "seed \(seed)")
                reached = range.upperBound
            }
            _ = outcome.meaning(dialect: dialect)
        }
    }

    @Test(arguments: DatabaseEngine.allCases)
    func `a statement split by itself is one statement with the same text`(
        _ dialect: DatabaseEngine
    ) {
        for seed in 0..<UInt64(20_000) {
            let outcome = SplitOutcome(Self.script(seed: seed), dialect: dialect)
            // A script that changes the string setting gives its later statements another reading.
            let text = String(decoding: outcome.script, as: UTF8.self).lowercased()
            guard outcome.failure == nil, !text.contains("standard_conforming") else { continue }
            for statement in outcome.statements {
                // A space before it, since a byte order mark or a `#` means more at a line's start.
                let alone = SplitOutcome([0x20] + outcome.script[statement.range], dialect: dialect)
                #expect(alone.statements.map(\.kind) == [statement.kind], "seed \(seed)")
            }
        }
    }

    @Test(arguments: DatabaseEngine.allCases)
    func `lexing goes forward over every byte sequence`(_ dialect: DatabaseEngine) {
        for seed in 0..<UInt64(20_000) {
            let script = Self.script(seed: seed)
            var lexer = Lexer(dialect: dialect)
            var reached = 0
            while let token = lexer.next(in: script.span) {
                guard token.range.lowerBound >= reached, !token.range.isEmpty else {
                    Issue.record("seed \(seed): \(token) after offset \(reached)")
                    break
                }
                #expect(
                    script[reached..<token.range.lowerBound].allSatisfy {
                        $0 == 0x20 || (9...13).contains($0)
                    },
                    "seed \(seed)")
                reached = token.range.upperBound
            }
        }
    }
}
