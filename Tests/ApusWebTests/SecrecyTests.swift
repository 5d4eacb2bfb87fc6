import ApusCore
import ApusEngine
import Foundation
import HTTPTypes
import Testing

@testable import ApusWeb

/// W2: who may not look inside is not told by what goes wrong either.
@Suite struct `Secrecy` {
    /// A bench whose database and files are gone; what it says could name the folder.
    private func gone(_ log: LogLines? = nil) throws -> WebBench {
        let bench = try WebBench(log: log)
        try FileManager.default.moveItem(atPath: bench.folder, toPath: bench.folder + "-away")
        return bench
    }

    @Test(arguments: [
        "/api/version", "/api/version/compatibility", "/health/ready", "/metrics",
    ])
    func `W2: what is public names no path and no server when the database is gone`(
        _ path: String
    ) async throws {
        let bench = try gone()
        let answer = try await bench.get(path, as: nil)
        #expect(!answer.body.contains("apus-web-"))
        #expect(answer.json["problems"] == nil)
        #expect(answer.json["detail"] == nil)
        let inside = try await bench.get("/api/version", as: "vera")
        #expect(inside.json["problems"] != nil)
    }

    @Test func `W2: pages name the database to nobody who may not look`() async throws {
        let bench = try WebBench(authorizer: try `Signing in`.signIn()) {
            $0.environment = "staging"
        }
        let asked = [
            try await bench.get("/admin/migrations/sign-in", as: nil),
            try await bench.get("/admin/migrations", as: nil, authority: "evil.example"),
        ]
        for page in asked {
            #expect(page.body.contains("<title>"))
            #expect(!page.body.contains("db.sqlite") && !page.body.contains("staging"))
        }
        let others = try WebBench()
        let refused = try await others.get("/admin/migrations", as: "stranger")
        #expect(refused.status == 403)
        #expect(!refused.body.contains("db.sqlite"))
        #expect(try await others.get("/admin/migrations").body.contains("db.sqlite"))
    }

    @Test func `what a request fails with for the server's own reasons is logged`() async throws {
        let log = LogLines()
        let bench = try gone(log)
        _ = try await bench.get("/api/version", as: nil)
        #expect(log.all.contains { $0.contains("a request failed") && $0.contains("code=") })
    }
}
