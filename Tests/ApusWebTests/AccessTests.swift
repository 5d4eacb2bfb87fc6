import ApusCore
import ApusEngine
import Foundation
import HTTPTypes
import Hummingbird
import Testing

@testable import ApusWeb

/// W2, W5, W7: who is let in, and under which name.
@Suite struct `Access to the routes` {
    private func path(_ route: Route, _ site: Site) -> String {
        (site.prefix(of: route.place) + route.path)
            .replacing("{run}", with: "1").replacing("{id}", with: "x")
            .replacing("{backup}", with: "x").replacing("{version}", with: "1.0.0")
            .replacing("**", with: "nowhere")
    }

    @Test func `W2: nobody gets anything from any route, page or stream, that is not public`()
        async throws
    {
        let bench = try WebBench()
        let site = bench.administration.site
        var asked = 0
        for route in site.routes() where route.need != .nothing {
            let headers: HTTPFields = [.origin: "http://localhost:8080"]
            let answer = try await bench.send(
                route.method, path(route, site), as: nil, headers: headers)
            #expect(
                answer.status == (route.place == .pages ? 303 : 401),
                "\(route.method) \(route.path)")
            let known = try await bench.send(
                route.method, path(route, site), as: "stranger", headers: headers)
            #expect(known.status == 403, "\(route.method) \(route.path)")
            asked += 1
        }
        #expect(asked > 30)
    }

    @Test func `W2: the public routes are these and no others`() throws {
        let site = try WebBench().administration.site
        let open = site.routes().filter { $0.need == .nothing && $0.method == .get }.map(\.path)
            .filter { !$0.hasPrefix("/assets/") }
        #expect(
            Set(open) == [
                "/health/live", "/health/ready", "/metrics", "/version", "/version/compatibility",
                "/version/changelog", "/version/changelog/{version}",
            ])
    }

    @Test func `W2: what can be posted without a session changes nothing but the browser`() throws {
        let site = try WebBench(authorizer: try `Signing in`.signIn()).administration.site
        let open = site.routes().filter {
            $0.need == .nothing && $0.method != .get && $0.method != .head && $0.place == .pages
        }
        #expect(Set(open.map { "\($0.method) \($0.path)" }) == ["POST /theme", "POST /sign-in"])
    }

    @Test func `W2: a viewer may look at everything and do nothing`() async throws {
        let bench = try WebBench()
        let site = bench.administration.site
        for route in site.routes() {
            guard case .act = route.need else { continue }
            let answer = try await bench.send(
                route.method, path(route, site), as: "vera",
                headers: [.origin: "http://localhost:8080"])
            #expect(answer.status == 403, "\(route.method) \(route.path)")
        }
        let overview = try await bench.get("/admin/migrations", as: "vera")
        #expect(overview.status == 200)
        #expect(overview.body.contains("needs the role “operator”"))
        #expect(!overview.body.contains("Review and run"))
    }

    @Test func `W2: the version endpoints can be closed`() async throws {
        let bench = try WebBench { $0.hasPublicVersions = false }
        #expect(try await bench.get("/api/version", as: nil).status == 401)
        #expect(try await bench.get("/api/version", as: "vera").status == 200)
    }

    @Test func `an authorizer that fails lets nobody in`() async throws {
        struct Broken: Authorizer {
            struct Down: Error {}
            var signInPath: String? { nil }
            func visitor(of request: Request, from address: String?) async throws -> Visitor? {
                throw Down()
            }
        }
        let bench = try WebBench(authorizer: Broken())
        #expect(try await bench.get("/admin/migrations").status == 500)
        #expect(try await bench.get("/api/migrations").status == 500)
    }

    @Test(arguments: [
        "evil.example", "evil.example:80", "localhost.evil.example", "127.0.0.1.evil.example", nil,
    ])
    func `W7: a request under another name is not answered`(_ name: String?) async throws {
        let bench = try WebBench { $0.hosts = ["trips.example"] }
        let answer = try await bench.send(
            .get, "/admin/migrations", as: "ana", authority: name)
        #expect(answer.status == 421)
        #expect(!answer.body.contains("1.0.0"))
    }

    @Test(arguments: ["/api/version", "/api/migrations", "/metrics"])
    func `W7: the API, and metrics that are not public, are not answered under another name`(
        _ path: String
    ) async throws {
        let bench = try WebBench { $0.hasPublicMetrics = false }
        let answer = try await bench.get(path, authority: "evil.example")
        #expect(answer.status == 421)
        #expect(answer.headers[.contentType] == "application/problem+json")
    }

    @Test func `W7: probes come to a bare address, and are told words and figures alone`()
        async throws
    {
        let bench = try WebBench()
        for path in ["/health/live", "/health/ready", "/metrics"] {
            let answer = try await bench.get(path, as: nil, authority: "10.0.0.9:8080")
            #expect(answer.status != 421)
            #expect(!answer.body.contains("trips"))
        }
    }

    @Test(arguments: [
        "trips.example", "TRIPS.example:443", "localhost:8080", "[::1]:80", "127.0.0.1",
    ])
    func `W7: a request under a known name is answered`(_ name: String) async throws {
        let bench = try WebBench { $0.hosts = ["trips.example"] }
        #expect(try await bench.get("/admin/migrations", authority: name).status == 200)
    }

    @Test func `W5: every answer forbids framing, and W4: inline code`() async throws {
        let bench = try WebBench()
        for path in [
            "/admin/migrations", "/admin/migrations/nowhere", "/api/version", "/api/runs/x",
            "/health/live",
        ] {
            let answer = try await bench.get(path)
            let policy = answer.headers[.contentSecurityPolicy] ?? ""
            #expect(policy.contains("frame-ancestors 'none'"), "\(path)")
            #expect(answer.headers[HTTPField.Name("X-Frame-Options")!] == "DENY")
            #expect(policy.contains("default-src 'none'"))
            #expect(!policy.contains("unsafe"))
        }
    }
}
