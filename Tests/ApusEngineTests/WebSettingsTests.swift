import ApusCore
import ApusEngine
import Foundation
import SystemPackage
import Testing

@Suite struct `The section web of apus.yaml` {
    private func read(_ text: String) throws -> WebSettings {
        let place = try Workplace()
        let path = place.path.appending("apus.yaml")
        try place.write(text, to: path)
        return try WebSettings.read(path: path.string)
    }

    @Test func `without a section, the defaults hold`() throws {
        #expect(try read("name: trips\n") == WebSettings())
    }

    @Test func `everything is read`() throws {
        let digest = String(repeating: "ab", count: 32)
        let settings = try read(
            """
            web:
              hosts: [migrations.example]
              https: false
              public_versions: false
              trusted_proxies: [10.0.0.1, "2001:db8::1"]
              users:
                ana: {password: $scrypt$x, role: operator, download: true}
                vera: {password: $scrypt$y}
              tokens:
                ci: {digest: \(digest), scopes: [read, operate]}
              webhooks:
                chat: {url: "https://hooks.example/x", secret_variable: CHAT}
            """)
        #expect(settings.hosts == ["migrations.example"])
        #expect(!settings.isSecure && !settings.hasPublicVersions && settings.hasPublicMetrics)
        #expect(settings.trustedProxies == ["10.0.0.1", "2001:db8::1"])
        #expect(settings.users.map(\.name) == ["ana", "vera"])
        #expect(settings.users.map(\.scopes) == [[.read, .operate, .download], [.read]])
        #expect(settings.tokens.map(\.digest.hex) == [digest])
        #expect(settings.tokens.first?.scopes == [.read, .operate])
        #expect(settings.webhooks.map(\.secretVariable) == ["CHAT"])
        #expect(settings.webhooks.first?.allowsPrivate == false)
    }

    @Test(arguments: [
        ("users: {ana: {role: operator}}", "user ana needs `password`"),
        ("users: {ana: {password: x, role: admin}}", "user ana's role is viewer or operator"),
        ("users: [ana]", "web.users must be a map"),
        ("tokens: {ci: {digest: short}}", "token ci's digest is no SHA-256"),
        ("tokens: {ci: {digest: x, scope: [read]}}", "token ci has no `scope`"),
        ("webhooks: {chat: {url: x}}", "webhook chat needs `secret_variable`"),
        (
            "webhooks: {chat: {url: \"http://chat.example/x\", secret_variable: X}}",
            "webhook chat's url is no address"
        ),
        (
            "webhooks: {chat: {url: hooks.example, secret_variable: X, private: true}}",
            "webhook chat's url is no address"
        ),
        (
            "webhooks: {chat: {url: \"https://u:p@chat.example\", secret_variable: X}}",
            "webhook chat's url is no address"
        ),
        ("trusted_proxies: [proxy.example]", "\"proxy.example\" is no address"),
        ("host: x", "web has no `host`"),
    ])
    func `what is wrong is named`(_ line: String, _ message: String) throws {
        let problems = #expect(throws: Diagnostics.self) { try read("web: {\(line)}\n") }
        #expect(problems?.all.contains { $0.message.contains(message) } == true)
        #expect(problems?.all.allSatisfy { $0.code == .configurationInvalid } == true)
    }
}
