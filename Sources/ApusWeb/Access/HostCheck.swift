/// Whether a request names this server: one that was led here under another name (DNS rebinding) is
/// not answered (W7).
struct HostCheck: Sendable {
    let hosts: Set<String>

    init(_ hosts: Set<String>) {
        self.hosts = Set(hosts.map { $0.lowercased() })
    }

    /// - Parameter authority: The `Host` header or `:authority`, with or without a port.
    func allows(_ authority: String?) -> Bool {
        guard let authority, let name = Self.name(of: authority) else { return false }
        return Self.isLoopback(name) || hosts.contains(name)
    }

    /// Whether an `Origin` header is that of the request's own host (W1).
    static func isSame(origin: String, authority: String?) -> Bool {
        guard let authority, let end = origin.firstRange(of: "://")?.upperBound else {
            return false
        }
        return origin[end...].lowercased() == authority.lowercased()
    }

    static func isLoopback(_ name: String) -> Bool {
        name == "localhost" || name == "127.0.0.1" || name == "::1" || name.hasSuffix(".localhost")
    }

    /// The name without its port; `[::1]:80` is `::1`.
    private static func name(of authority: String) -> String? {
        let text = authority.lowercased()
        if text.hasPrefix("[") {
            guard let end = text.firstIndex(of: "]") else { return nil }
            return String(text[text.index(after: text.startIndex)..<end])
        }
        let name = text.split(separator: ":", omittingEmptySubsequences: false).first ?? ""
        return name.isEmpty ? nil : String(name)
    }
}
