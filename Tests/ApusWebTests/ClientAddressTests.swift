import ApusEngine
import HTTPTypes
import Testing

@testable import ApusWeb

/// W3, W13: limits go by the address that a request really came from.
@Suite struct `Client addresses` {
    private let clients = ClientAddress(trusting: ["10.0.0.1", "10.0.0.2", "2001:db8::1"])

    private func address(_ forwarded: String?, _ peer: String?) -> String? {
        var headers: HTTPFields = [:]
        headers[.xForwardedFor] = forwarded
        return clients.of(headers, peer: peer)
    }

    @Test(
        arguments: [
            ("192.0.2.7", "10.0.0.1", "192.0.2.7"),
            ("203.0.113.9, 192.0.2.7", "10.0.0.1", "192.0.2.7"),
            ("192.0.2.7, 10.0.0.2", "10.0.0.1", "192.0.2.7"),
            ("192.0.2.7:4711", "::ffff:10.0.0.1", "192.0.2.7"),
            ("[2001:db8::7]:80", "2001:DB8:0::1", "2001:db8::7"),
            ("10.0.0.2", "10.0.0.1", "10.0.0.2"), ("nonsense", "10.0.0.1", "10.0.0.1"),
            ("192.0.2.7, nonsense", "10.0.0.1", "10.0.0.1"),
        ] as [(String, String, String)])
    func `a trusted proxy's word counts, from its end to the first address that is no proxy's`(
        _ forwarded: String, _ peer: String, _ address: String
    ) {
        #expect(self.address(forwarded, peer) == address)
    }

    @Test func `W3: nobody else can choose their address`() {
        #expect(address("192.0.2.7", "198.51.100.3") == "198.51.100.3")
        #expect(address("192.0.2.7", nil) == nil)
        #expect(address(nil, "10.0.0.1") == "10.0.0.1")
    }

    @Test func `W3: guesses through a proxy slow down whoever guesses, and nobody else`()
        async throws
    {
        let bench = try WebBench(authorizer: try `Signing in`.signIn()) {
            $0.trustedProxies = ["10.0.0.1"]
        }
        func signIn(_ name: String, _ password: String, _ client: String) async throws -> Int {
            try await bench.send(
                .post, "/admin/migrations/sign-in", as: nil,
                headers: [
                    .contentType: "application/x-www-form-urlencoded",
                    .origin: "http://localhost:8080", .xForwardedFor: client,
                ], body: "name=\(name)&password=\(password.queryEncoded)", from: "10.0.0.1"
            ).status
        }
        // Each pause is twice the one before: also a slow machine guesses within one of them.
        var status = 403
        for name in 1...12 where status == 403 {
            status = try await signIn("guess\(name)", "x", "192.0.2.66")
        }
        #expect(status == 429)
        #expect(try await signIn("ana", `Signing in`.password, "192.0.2.7") == 303)
    }

    @Test func `the audit names the client behind a trusted proxy`() async throws {
        let bench = try WebBench { $0.trustedProxies = ["10.0.0.1"] }
        let fields = try await bench.form("/admin/migrations/plan")
        let body = fields.map { "\($0.key)=\($0.value.queryEncoded)" }.joined(separator: "&")
        _ = try await bench.send(
            .post, "/admin/migrations/runs", as: "ana",
            headers: [
                .contentType: "application/x-www-form-urlencoded",
                .origin: "http://localhost:8080", .xForwardedFor: "192.0.2.7",
            ], body: body, from: "10.0.0.1")
        try await bench.settled()
        #expect(try await bench.migrator.audit().first?.address == "192.0.2.7")
    }
}
