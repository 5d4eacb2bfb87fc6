import ApusEngine

/// The keyword and value pairs that one connection is opened with.
///
/// The defaults make a dead peer known within a minute or so: an address that does not answer, a
/// half-open connection, an answer that never arrives.
struct ConnectionParameters {
    private(set) var pairs: [(keyword: String, value: String)]

    init(_ string: PostgresConnectionString, applicationName: String, connectTimeout: Int = 10) {
        var values: [String: String] = [
            "connect_timeout": String(connectTimeout),
            "keepalives": "1", "keepalives_idle": "30", "keepalives_interval": "10",
            "keepalives_count": "3", "tcp_user_timeout": "30000",
            "application_name": applicationName,
        ]
        values.merge(string.options) { _, given in given }
        // The bytes of a file are UTF-8: whatever was given, nothing else would be read rightly.
        values["client_encoding"] = "UTF8"
        values["password"] = string.password?.revealed
        values["sslpassword"] = string.keyPassphrase?.revealed
        pairs = values.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    /// Leaves one server of those that the string may lead to. Empty and `nil` say nothing.
    mutating func pin(host: String?, port: String?, hostAddress: String?) {
        let given = [("host", host), ("hostaddr", hostAddress), ("port", port)]
        pairs.removeAll { pair in given.contains { $0.0 == pair.keyword } }
        for (keyword, value) in given {
            if let value, !value.isEmpty { pairs.append((keyword, value)) }
        }
    }

    /// Runs `body` with two arrays of C strings, each ended by a null pointer, as libpq takes them.
    func withCArrays<Result>(
        _ body: (
            UnsafePointer<UnsafePointer<CChar>?>, UnsafePointer<UnsafePointer<CChar>?>
        ) -> Result
    ) -> Result {
        let keywords = pairs.map { Self.copy($0.keyword) }
        let values = pairs.map { Self.copy($0.value) }
        defer { for text in keywords + values { text.deallocate() } }
        return body(
            keywords.map { UnsafePointer($0) } + [nil], values.map { UnsafePointer($0) } + [nil])
    }

    private static func copy(_ text: String) -> UnsafeMutablePointer<CChar> {
        text.withCString { source in
            let count = text.utf8.count + 1
            let copy = UnsafeMutablePointer<CChar>.allocate(capacity: count)
            copy.initialize(from: source, count: count)
            return copy
        }
    }
}
