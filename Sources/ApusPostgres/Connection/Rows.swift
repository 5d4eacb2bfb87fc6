import CLibpq

/// What the server answered to one statement: its rows, as text, and its command tag.
///
/// A class because it owns libpq's memory, which is freed with it.
final class Rows {
    private let result: OpaquePointer

    /// Takes over a `PGresult`.
    init(_ result: OpaquePointer) {
        self.result = result
    }

    deinit { PQclear(result) }

    var count: Int { Int(PQntuples(result)) }

    /// The columns' names; empty where a statement gives no rows.
    var columns: [String] {
        (0..<PQnfields(result)).map { PQfname(result, $0).map { String(cString: $0) } ?? "" }
    }

    /// `CREATE TABLE`, `INSERT 0 1` …
    var tag: String { String(cString: PQcmdStatus(result)) }

    /// The number of rows in the command tag, where it has one.
    var affected: Int64? { Int64(String(cString: PQcmdTuples(result))) }

    func text(_ row: Int, _ column: Int) -> String? {
        guard PQgetisnull(result, Int32(row), Int32(column)) == 0 else { return nil }
        return PQgetvalue(result, Int32(row), Int32(column)).map { String(cString: $0) }
    }

    func integer(_ row: Int, _ column: Int) -> Int64? {
        text(row, column).flatMap { Int64($0) }
    }

    func flag(_ row: Int, _ column: Int) -> Bool { text(row, column) == "t" }

    /// A value that was selected as `encode(…, 'hex')`.
    func bytes(_ row: Int, _ column: Int) -> [UInt8]? {
        guard PQgetisnull(result, Int32(row), Int32(column)) == 0,
            let value = PQgetvalue(result, Int32(row), Int32(column))
        else { return nil }
        let count = Int(PQgetlength(result, Int32(row), Int32(column)))
        func digit(_ character: CChar) -> UInt8 {
            let byte = UInt8(bitPattern: character)
            return byte < 0x3A ? byte &- 0x30 : byte &- 0x57
        }
        return [UInt8](unsafeUninitializedCapacity: count / 2) { buffer, initialized in
            for index in 0..<count / 2 {
                buffer[index] = digit(value[index * 2]) << 4 | digit(value[index * 2 + 1])
            }
            initialized = count / 2
        }
    }
}
