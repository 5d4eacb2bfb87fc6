import HTTPTypes
import Hummingbird
import NIOCore

/// Where a request came from, also where proxies brought it.
///
/// Anybody can write `X-Forwarded-For`: it is read only where the peer is a proxy that the
/// configuration trusts, and from its end, where the trusted ones have written.
struct ClientAddress: Sendable {
    private let trusted: Set<String>

    /// - Parameter proxies: Addresses, of IPv4 or IPv6.
    init(trusting proxies: Set<String>) {
        trusted = Set(proxies.compactMap(Self.normal))
    }

    /// The last address that is no trusted proxy's.
    ///
    /// - Parameter peer: The address at the other end of the connection, where the server knows it.
    func of(_ headers: HTTPFields, peer: String?) -> String? {
        guard var address = peer.flatMap(Self.normal), trusted.contains(address) else {
            return peer
        }
        let hops = headers[values: .xForwardedFor].flatMap { $0.split(separator: ",") }
        for hop in hops.reversed() {
            // What is no address was not written by a proxy as it should be: go no further.
            guard let next = Self.normal(String(hop)) else { break }
            address = next
            guard trusted.contains(next) else { break }
        }
        return address
    }

    /// One way to write each address, without port and brackets; `nil` for what is none.
    static func normal(_ text: String) -> String? {
        var text = text.filter { !$0.isWhitespace }
        if text.hasPrefix("[") {
            text = String(text.dropFirst().prefix { $0 != "]" })
        } else if text.count(where: { $0 == ":" }) == 1 {
            text = String(text.prefix { $0 != ":" })
        }
        guard let name = try? SocketAddress(ipAddress: text, port: 0).ipAddress else { return nil }
        // A server that listens for both kinds sees IPv4 in the clothes of IPv6.
        let isMapped = name.lowercased().hasPrefix("::ffff:") && name.contains(".")
        return isMapped ? String(name.dropFirst(7)) : name
    }
}

extension HTTPField.Name {
    static let xForwardedFor = HTTPField.Name("X-Forwarded-For")!
}
