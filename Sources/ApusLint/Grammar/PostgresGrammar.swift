import ApusCore
import CPgQuery

/// PostgreSQL's own grammar, by way of libpg_query.
enum PostgresGrammar {
    /// The PostgreSQL version whose grammar it is.
    static let version = PG_MAJORVERSION

    /// The longest statement that is parsed: a tree takes some fifty times its statement's memory.
    static let longestStatement = 4 << 20

    enum Outcome: Sendable {
        case tree(SyntaxTree)
        /// Why there is none, and where, in bytes from the statement's start.
        case refused(String, at: Int)
    }

    /// Parses one statement of a script.
    ///
    /// What a batched one leaves open is a parameter to the grammar, as long as in the file, so that
    /// whatever is found stands where it stands there.
    static func parse(
        _ statement: Statement, of script: Script, in source: MigrationSource
    ) -> Outcome {
        guard script.batches[statement.range.lowerBound] != nil,
            let batch = BatchStatement(statement, of: source, dialect: script.dialect)
        else { return parse(source.bytes(statement.range)) }
        return parse(Array(batch.sql(start: ["$1    "], end: ["$2  "]).utf8))
    }

    /// Parses one statement.
    static func parse(_ statement: [UInt8]) -> Outcome {
        guard statement.count <= longestStatement else {
            return .refused("it is longer than \(longestStatement >> 20) MiB", at: 0)
        }
        let result = (statement + [0]).withUnsafeBufferPointer { buffer in
            buffer.withMemoryRebound(to: CChar.self) { pg_query_parse($0.baseAddress) }
        }
        defer { pg_query_free_parse_result(result) }
        if let error = result.error {
            let message = error.pointee.message.map { String(cString: $0) } ?? "it does not parse"
            return .refused(
                message, at: offset(ofCharacter: error.pointee.cursorpos, in: statement))
        }
        let text = result.parse_tree.map { pointer in
            var length = 0
            while pointer[length] != 0 { length += 1 }
            return UnsafeBufferPointer(start: pointer, count: length)
                .withMemoryRebound(to: UInt8.self) { [UInt8]($0) }
        }
        guard let text, let tree = SyntaxTree(json: text) else {
            return .refused("its parse tree cannot be read", at: 0)
        }
        return .tree(tree)
    }

    /// PostgreSQL counts characters from 1.
    private static func offset(ofCharacter position: Int32, in bytes: [UInt8]) -> Int {
        var left = Int(position)
        for index in bytes.indices where bytes[index] & 0xC0 != 0x80 {
            left -= 1
            if left <= 0 { return index }
        }
        return 0
    }
}
