extension String {
    /// The text as an SQL string literal that means the same whatever
    /// `standard_conforming_strings` says.
    var sqlLiteral: String {
        let quoted = replacing("'", with: "''")
        return contains("\\") ? "E'\(quoted.replacing("\\", with: "\\\\"))'" : "'\(quoted)'"
    }

    /// The text as a quoted SQL identifier.
    var sqlIdentifier: String { "\"\(replacing("\"", with: "\"\""))\"" }
}

extension Optional where Wrapped == String {
    /// The text as an SQL string literal, or `NULL`.
    var sqlLiteral: String { map(\.sqlLiteral) ?? "NULL" }
}

extension Duration {
    /// Whole microseconds.
    var microseconds: Int64 {
        components.seconds * 1_000_000 + components.attoseconds / 1_000_000_000_000
    }

    /// The value of a timeout setting, in milliseconds; a wait too short to be one is one.
    var sqlTimeout: String {
        if self <= .zero { return "0" }
        return String(min(Int64(Int32.max), max(1, microseconds / 1000)))
    }
}

extension [UInt8] {
    /// The bytes as an SQL expression of type `bytea`.
    var sqlLiteral: String {
        let digits = [UInt8]("0123456789abcdef".utf8)
        var hex: [UInt8] = []
        hex.reserveCapacity(count * 2)
        for byte in self {
            hex.append(digits[Int(byte >> 4)])
            hex.append(digits[Int(byte & 15)])
        }
        return "pg_catalog.decode('\(String(decoding: hex, as: UTF8.self))', 'hex')"
    }
}
