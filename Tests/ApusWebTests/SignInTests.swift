import ApusCore
import ApusEngine
import Foundation
import HTTPTypes
import Hummingbird
import Testing

@testable import ApusWeb

/// W3, W6: signing in with Apus's own users.
@Suite struct `Signing in` {
    static let password = "correct horse battery staple"

    /// A hash that is compared at once: a pause must not be over before the next guess.
    static func cheap(_ password: String) throws -> PasswordHash {
        try PasswordHash(
            password, rounds: 1 << 10, blockSize: 1, parallelism: 1,
            salt: Array("a salt for tests".utf8))
    }

    static func signIn(isSecure: Bool = false) throws -> SignIn {
        let hash = try cheap(password)
        return SignIn(
            users: [
                .init(name: "ana", password: hash, access: .act([.operator])),
                .init(name: "vera", password: hash, access: .read),
            ],
            tokens: [
                .init(name: "ci", digest: Checksum(of: "a-long-token"), access: .act([.operator]))
            ], isSecure: isSecure)
    }

    private func cookie(_ answer: WebBench.Answer) -> String? {
        answer.headers[values: .setCookie].first { $0.contains("apus-session=") }
    }

    private func id(_ answer: WebBench.Answer) -> String {
        String(cookie(answer)?.split(separator: ";").first?.split(separator: "=").last ?? "")
    }

    @Test func `a password's hash matches that password alone, and is read back`() throws {
        let hash = try PasswordHash(of: Self.password)
        let text = hash.description
        #expect(text.hasPrefix("$scrypt$ln=15,r=8,p=1$"))
        let read = try #require(PasswordHash(text))
        #expect(read.matches(Self.password))
        #expect(!read.matches("Correct horse battery staple"))
        #expect(try PasswordHash(of: Self.password).description != text)
    }

    @Test(arguments: [
        "", "$scrypt$", "$scrypt$ln=40,r=8,p=1$AAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "$2b$10$abc", "$scrypt$ln=5,r=8,p=1$AAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    ])
    func `a text that is no hash, or one of absurd costs, is not read`(_ text: String) {
        #expect(PasswordHash(text) == nil)
    }

    @Test func `W3: whoever keeps guessing is slowed down, whatever name they try`() async throws {
        let hash = try Self.cheap(Self.password)
        let verifier = PasswordVerifier(users: ["ana": hash], nobody: hash)
        let now = ContinuousClock.now
        for _ in 1...5 {
            #expect(await verifier.verify("ana", "wrong", from: "10.0.0.1", now: now) == .wrong)
        }
        // The right password is not even looked at before the pause is over.
        let early = await verifier.verify("ana", Self.password, from: "10.0.0.2", now: now)
        #expect(early == .throttled(seconds: 2))
        let other = await verifier.verify("bob", "wrong", from: "10.0.0.1", now: now)
        #expect(other == .throttled(seconds: 2))
        let later = await verifier.verify(
            "ana", Self.password, from: "10.0.0.2", now: now + .seconds(3))
        #expect(later == .right)
    }

    @Test func `W3: what an address did wrong is forgotten with time`() async throws {
        let hash = try Self.cheap(Self.password)
        let verifier = PasswordVerifier(users: ["ana": hash], nobody: hash)
        var now = ContinuousClock.now
        for name in 1...4 {
            #expect(
                await verifier.verify("guess\(name)", "x", from: "10.0.0.1", now: now) == .wrong)
        }
        // A day later four more are free again.
        now += .seconds(86_400)
        for name in 1...4 {
            #expect(
                await verifier.verify("later\(name)", "x", from: "10.0.0.1", now: now) == .wrong)
        }
        let right = await verifier.verify("ana", Self.password, from: "10.0.0.1", now: now)
        #expect(right == .right)
    }

    @Test func `W3: guesses at once are compared one after the other, and no more than are free`()
        async throws
    {
        let hash = try Self.cheap(Self.password)
        let verifier = PasswordVerifier(users: ["ana": hash], nobody: hash, mostWaiting: 100)
        let now = ContinuousClock.now
        let answers = await withTaskGroup(of: PasswordVerifier.Answer.self) { group in
            for _ in 1...20 {
                group.addTask { await verifier.verify("ana", "x", from: "10.0.0.1", now: now) }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(answers.count { $0 == .wrong } == 5)
    }

    @Test func `W3: the queue before the comparison has an end`() async throws {
        let hash = try Self.cheap(Self.password)
        let verifier = PasswordVerifier(users: ["ana": hash], nobody: hash, mostWaiting: 0)
        let answer = await verifier.verify("ana", Self.password, from: nil)
        #expect(answer == .throttled(seconds: 2))
    }

    @Test func `W3: a name without end is nobody's, and is not kept`() async throws {
        let name = String(repeating: "a", count: 201)
        let hash = try Self.cheap(Self.password)
        let verifier = PasswordVerifier(users: [name: hash], nobody: hash)
        #expect(await verifier.verify(name, Self.password, from: nil) == .wrong)
    }

    @Test func `W3: an unknown name takes as long as the slowest hash`() throws {
        let slow = try #require(
            PasswordHash(
                "$scrypt$ln=16,r=8,p=1$AAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"))
        let decoy = PasswordHash.decoy(among: [try PasswordHash(of: "x"), slow])
        #expect(decoy?.description.hasPrefix("$scrypt$ln=16,r=8,p=1$") == true)
    }

    @Test func `W3: the page answers 429 and says how long to wait`() async throws {
        let bench = try WebBench(authorizer: try Self.signIn())
        var last: WebBench.Answer?
        // Each pause is twice the one before: also a slow machine guesses within one of them.
        for _ in 1...12 where last?.status != 429 {
            last = try await bench.post(
                "/admin/migrations/sign-in", ["name": "ana", "password": "wrong"], as: nil)
        }
        #expect(last?.status == 429)
        #expect(last?.headers[.retryAfter].flatMap(Int.init) ?? 0 > 0)
        #expect(last?.body.contains("Too many tries. Wait") == true)
    }

    @Test func `W3: an unknown name is compared like a known one`() async throws {
        let hash = try Self.cheap("nobody's")
        let verifier = PasswordVerifier(users: [:], nobody: hash)
        // Even the password behind the comparison of unknown names lets nobody in.
        #expect(await verifier.verify("eve", "nobody's", from: nil) == .wrong)
    }

    @Test func `W6: signing in gives a new session, and ends the old one`() async throws {
        let bench = try WebBench(authorizer: try Self.signIn())
        let fields = ["name": "ana", "password": Self.password]
        let first = try await bench.post("/admin/migrations/sign-in", fields, as: nil)
        #expect(first.status == 303)
        let attributes = cookie(first) ?? ""
        #expect(attributes.contains("HttpOnly"))
        #expect(attributes.contains("SameSite=Strict"))
        let again = try await bench.send(
            .post, "/admin/migrations/sign-in", as: nil,
            headers: [
                .contentType: "application/x-www-form-urlencoded", .origin: "http://localhost:8080",
                .cookie: "apus-session=\(id(first))",
            ],
            body: "name=ana&password=\(Self.password.queryEncoded)")
        #expect(!id(again).isEmpty && id(again) != id(first))
        func overview(_ id: String) async throws -> Int {
            try await bench.get(
                "/admin/migrations", as: nil, headers: [.cookie: "apus-session=\(id)"]
            ).status
        }
        #expect(try await overview(id(again)) == 200)
        #expect(try await overview(id(first)) == 303)
        #expect(try await overview("made-up") == 303)
    }

    @Test func `W6: outside of loopback the cookie is Secure and bound to its host`() async throws {
        let bench = try WebBench(authorizer: try Self.signIn(isSecure: true))
        let answer = try await bench.post(
            "/admin/migrations/sign-in", ["name": "ana", "password": Self.password], as: nil)
        let attributes = cookie(answer) ?? ""
        #expect(attributes.hasPrefix("__Host-apus-session="))
        #expect(attributes.contains("Secure"))
    }

    @Test func `a wrong password is refused, and says no more`() async throws {
        let bench = try WebBench(authorizer: try Self.signIn())
        for name in ["ana", "nobody"] {
            let answer = try await bench.post(
                "/admin/migrations/sign-in", ["name": name, "password": "wrong"], as: nil)
            #expect(answer.status == 403)
            #expect(answer.body.contains("Name or password is wrong."))
        }
    }

    @Test func `a link signs in once`() async throws {
        let signIn = SignIn(isSecure: false)
        let bench = try WebBench(authorizer: signIn)
        let path = signIn.oneTimePath(name: "me", access: .read)
        let first = try await bench.get(path, as: nil)
        #expect(first.status == 303 && !id(first).isEmpty)
        #expect(try await bench.get(path, as: nil).status == 410)
    }

    @Test func `a link is not used up by whoever asks for its head, and not good for ever`()
        async throws
    {
        let signIn = SignIn(isSecure: false)
        let bench = try WebBench(authorizer: signIn)
        let path = signIn.oneTimePath(name: "me", access: .read)
        let head = try await bench.send(.head, path, as: nil)
        #expect(head.headers[.setCookie] == nil)
        #expect(try await bench.get(path, as: nil).status == 303)
        let old = signIn.oneTimePath(name: "me", access: .read)
        let secret = String(old.split(separator: "=").last ?? "")
        #expect(signIn.redeem(secret, now: .now + .seconds(3601)) == nil)
    }

    @Test func `a proxy's own Authorization header leaves the cookie what it is`() async throws {
        let bench = try WebBench(authorizer: try Self.signIn())
        let answer = try await bench.post(
            "/admin/migrations/sign-in", ["name": "ana", "password": Self.password], as: nil)
        let page = try await bench.get(
            "/admin/migrations", as: nil,
            headers: [.authorization: "Basic eDp5", .cookie: "apus-session=\(id(answer))"])
        #expect(page.status == 200)
    }

    @Test func `W6: signing out ends the session, and the cookie`() async throws {
        let bench = try WebBench(authorizer: try Self.signIn())
        let answer = try await bench.post(
            "/admin/migrations/sign-in", ["name": "ana", "password": Self.password], as: nil)
        let cookie: HTTPFields = [.cookie: "apus-session=\(id(answer))"]
        let page = try await bench.get("/admin/migrations", as: nil, headers: cookie)
        let token = try #require(
            page.body.firstMatch(
                of: /action="\/admin\/migrations\/sign-out".*?name="token" value="([^"]*)"/
                    .dotMatchesNewlines()))
        let out = try await bench.send(
            .post, "/admin/migrations/sign-out", as: nil,
            headers: [
                .contentType: "application/x-www-form-urlencoded", .origin: "http://localhost:8080",
                .cookie: "apus-session=\(id(answer))",
            ], body: "token=\(token.1)")
        #expect(out.status == 303)
        #expect(self.cookie(out)?.contains("Max-Age=0") == true)
        #expect(try await bench.get("/admin/migrations", as: nil, headers: cookie).status == 303)
    }

    @Test func `W6: a session ends two hours after it was used last, and after twelve in any case`()
    {
        let sessions = Sessions()
        let start = ContinuousClock.now
        let idle = sessions.start("ana", .read, now: start)
        #expect(sessions.find(idle, now: start + .seconds(7200)) != nil)
        #expect(sessions.find(idle, now: start + .seconds(14_401)) == nil)
        let busy = sessions.start("ana", .read, now: start)
        for hour in 1...12 {
            #expect(sessions.find(busy, now: start + .seconds(hour * 3600)) != nil)
        }
        #expect(sessions.find(busy, now: start + .seconds(12 * 3600 + 1)) == nil)
    }

    @Test(arguments: [
        "https://evil.example/", "//evil.example", "/elsewhere", "/admin/migrations/..//evil",
        "/admin/migrationsevil",
    ])
    func `signing in leads back to the pages and nowhere else`(_ back: String) async throws {
        let bench = try WebBench(authorizer: try Self.signIn())
        let answer = try await bench.post(
            "/admin/migrations/sign-in",
            ["name": "ana", "password": Self.password, "return": back], as: nil)
        #expect(answer.headers[.location] == "/admin/migrations")
    }

    @Test func `a token lets a program in, within its scopes`() async throws {
        let bench = try WebBench(authorizer: try Self.signIn())
        let right = try await bench.get(
            "/api/migrations", as: nil, headers: [.authorization: "Bearer a-long-token"])
        #expect(right.status == 200)
        let wrong = try await bench.get(
            "/api/migrations", as: nil, headers: [.authorization: "Bearer another"])
        #expect(wrong.status == 401)
        #expect(wrong.headers[.wwwAuthenticate]?.hasPrefix("Bearer") == true)
    }
}
