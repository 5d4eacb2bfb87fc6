import Foundation
import NIOCore
import NIOPosix

/// Where a webhook really leads: its name resolved, and refused where it leads inside.
struct WebhookTarget: Sendable {
    struct Refusal: Error {
        var reason: String
    }

    var url: String
    /// The name and the address that it was seen to have: the connection goes there, whatever the
    /// name means a moment later.
    var override: (host: String, address: String)?

    /// Throws ``Refusal`` for another scheme than `https` (or `http` where private targets are
    /// allowed), and for a name that has a private address among its own.
    ///
    /// - Parameter lookUp: The addresses of a name; the system's answer unless a test has another.
    static func resolve(
        _ webhook: Webhook,
        lookUp: @escaping @Sendable (String, Int) throws -> [[UInt8]] = {
            try addresses(of: $0, port: $1)
        }
    ) async throws -> WebhookTarget {
        guard webhook.hasAddress, let url = URL(string: webhook.url), let host = url.host() else {
            throw Refusal(
                reason:
                    "a webhook's address must be https://…, or http://… where private targets are allowed"
            )
        }
        guard !webhook.allowsPrivate else { return WebhookTarget(url: webhook.url) }
        let port = url.port ?? 443
        // Asking for a name blocks: not on a thread that others wait for.
        let addresses = try await NIOThreadPool.singleton.runIfActive { () throws -> [[UInt8]] in
            try lookUp(host, port)
        }
        guard let first = addresses.first, !addresses.contains(where: { Self.isPrivate($0) }) else {
            throw Refusal(reason: "a webhook leads to a private address, which is not allowed")
        }
        let packed = ByteBuffer(bytes: first)
        let text = try SocketAddress(packedIPAddress: packed, port: port).ipAddress
        return WebhookTarget(url: webhook.url, override: text.map { (host, $0) })
    }

    private static func addresses(of host: String, port: Int) throws -> [[UInt8]] {
        var hints = addrinfo()
        hints.ai_socktype = numericCast(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        guard
            getaddrinfo(host.trimmingCharacters(in: ["[", "]"]), String(port), &hints, &list) == 0
        else { throw Refusal(reason: "a webhook's name cannot be resolved") }
        defer { freeaddrinfo(list) }
        var found: [[UInt8]] = []
        var next = list
        while let info = next {
            // Behind the family and the port, and of IPv6 the flow: the same in every system's layout.
            let place: (offset: Int, count: Int)? =
                switch info.pointee.ai_family {
                case AF_INET: (4, 4)
                case AF_INET6: (8, 16)
                default: nil
                }
            if let address = UnsafeRawPointer(info.pointee.ai_addr), let place {
                found.append(
                    Array(
                        UnsafeRawBufferPointer(start: address + place.offset, count: place.count)))
            }
            next = info.pointee.ai_next
        }
        return found
    }

    /// Whether an address (4 or 16 bytes) is not one of the public internet.
    static func isPrivate(_ address: [UInt8]) -> Bool {
        if address.count == 16 {
            let isMapped =
                address.prefix(10).allSatisfy { $0 == 0 } && address[10] == 0xFF
                && address[11] == 0xFF
            if isMapped { return isPrivate(Array(address.suffix(4))) }
            // Translated and tunnelled addresses hold one of IPv4 that would have to be looked at.
            let isTunnel =
                (address[0] == 0x20 && address[1] == 0x02)
                || address.starts(with: [0x20, 0x01, 0, 0])
                || address.starts(with: [0, 0x64, 0xFF, 0x9B])
            return isTunnel || address.prefix(15).allSatisfy { $0 == 0 }
                || address[0] & 0xFE == 0xFC
                || (address[0] == 0xFE && address[1] & 0x80 == 0x80) || address[0] == 0xFF
        }
        guard address.count == 4 else { return true }
        switch (address[0], address[1]) {
        case (0, _), (10, _), (127, _), (169, 254), (192, 168), (224..., _): return true
        case (100, 64...127), (172, 16...31), (198, 18...19): return true
        case (192, 0) where address[2] == 0: return true
        default: return false
        }
    }
}
