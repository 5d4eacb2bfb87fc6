import ApusCore
import ApusEngine
import ApusSQLite
import ApusTesting
import Foundation
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import NIOEmbedded
import SystemPackage
import Testing

@testable import ApusWeb

/// Pages and API over a database of their own, asked without a socket between.
struct WebBench {
    let folder: String
    let driver: any Driver
    let administration: Administration
    let people: People
    private let log: LogLines?
    private let responder: RouterResponder<PeerContext>

    /// Who is behind a request: the `X-Test-Person` header says so.
    struct People: Authorizer {
        var signInPath: String? = "/login"

        func visitor(of request: Request, from address: String?) async throws -> Visitor? {
            guard let name = request.headers[.person] else { return nil }
            let access: Access =
                switch name {
                case "stranger": .forbidden
                case "vera": .read
                default: .act(Set(Role.allCases))
                }
            return Visitor(
                name: name, session: "session of \(name)", access: access,
                isProgram: request.headers[.authorization] != nil)
        }
    }

    struct Answer {
        var status: Int
        var headers: HTTPFields
        var body: String

        var json: [String: Any] {
            (try? JSONSerialization.jsonObject(with: Data(body.utf8)) as? [String: Any]) ?? [:]
        }
    }

    /// - Parameter files: Names and contents of migration files.
    init(
        _ files: [String: String] = WebBench.two, driver: (any Driver)? = nil,
        catalogue: Catalogue = .empty, authorizer: (any Authorizer)? = nil,
        log: LogLines? = nil, backups: String? = nil, isAlone: Bool = false,
        gate: RehearsalGate? = nil,
        change: (inout Configuration) -> Void = { _ in }
    ) throws {
        folder =
            FileManager.default.temporaryDirectory.appendingPathComponent(
                "apus-web-\(UUID().uuidString)"
            ).path
        try FileManager.default.createDirectory(
            atPath: folder + "/migrations", withIntermediateDirectories: true)
        for (name, text) in files {
            try text.write(
                toFile: "\(folder)/migrations/\(name)", atomically: true, encoding: .utf8)
        }
        self.driver = driver ?? SQLiteDriver(path: folder + "/db.sqlite")
        var configuration = Configuration(title: "Trips", isSecure: false)
        // A slow machine is no database that is down.
        configuration.limits.patience = .seconds(60)
        change(&configuration)
        people = People()
        var migrator = Migrator(
            driver: self.driver,
            folder: MigrationFolder(
                FilePath(folder).appending("migrations"), dialect: self.driver.engine),
            catalogue: catalogue,
            backups: BackupStore(
                folder: backups.map { FilePath($0) } ?? FilePath(folder).appending("backups")))
        migrator.options.rehearsal = gate
        administration = Administration(
            migrator: migrator,
            authorizer: authorizer ?? people, configuration: configuration,
            logger: log?.logger ?? LogLines.none)
        self.log = log
        let router = Router(context: PeerContext.self)
        administration.mount(on: router, isAlone: isAlone)
        responder = router.buildResponder()
    }

    var migrator: Migrator { administration.site.migrator }

    // MARK: Asking

    func get(
        _ path: String, as person: String? = "ana", headers: HTTPFields = [:],
        authority: String = "localhost:8080"
    ) async throws -> Answer {
        try await send(.get, path, as: person, headers: headers, authority: authority)
    }

    /// Sends a form as a browser would: with its origin.
    func post(
        _ path: String, _ fields: [String: String], as person: String? = "ana",
        origin: String? = "http://localhost:8080"
    ) async throws -> Answer {
        var headers: HTTPFields = [.contentType: "application/x-www-form-urlencoded"]
        if let origin { headers[.origin] = origin }
        let text = fields.map { "\($0.key.queryEncoded)=\($0.value.queryEncoded)" }
            .joined(separator: "&")
        return try await send(.post, path, as: person, headers: headers, body: text)
    }

    /// Sends a document as a program would.
    func call(
        _ path: String, _ document: String, as person: String = "ana", key: String? = nil
    ) async throws -> Answer {
        var headers: HTTPFields = [.contentType: "application/json", .authorization: "Bearer x"]
        headers[.idempotencyKey] = key
        return try await send(.post, path, as: person, headers: headers, body: document)
    }

    func send(
        _ method: HTTPRequest.Method, _ path: String, as person: String?,
        headers: HTTPFields = [:], body: String = "", authority: String? = "localhost:8080",
        from address: String? = nil, isSlow: Bool = false
    ) async throws -> Answer {
        let response = try await respond(
            method, path, as: person, headers: headers, body: body, authority: authority,
            from: address)
        let collected = Collected()
        try await response.body.write(Writer(collected: collected, isSlow: isSlow))
        return Answer(
            status: response.status.code, headers: response.headers,
            body: String(buffer: collected.buffer))
    }

    /// An answer whose body is not written yet.
    func respond(
        _ method: HTTPRequest.Method, _ path: String, as person: String?,
        headers: HTTPFields = [:], body: String = "", authority: String? = "localhost:8080",
        from address: String? = nil
    ) async throws -> Response {
        var headers = headers
        headers[.person] = person
        let request = Request(
            head: HTTPRequest(
                method: method, scheme: "http", authority: authority, path: path,
                headerFields: headers), body: .init(buffer: ByteBuffer(string: body)))
        var context = PeerContext(
            source: ApplicationRequestContextSource(
                channel: EmbeddedChannel(), logger: log?.logger ?? LogLines.none))
        context.remoteAddress = try address.map { try SocketAddress(ipAddress: $0, port: 4000) }
        return try await responder.respond(to: request, context: context)
    }

    /// The form's token on a page that sends to a path.
    func token(on page: String, to action: String, as person: String = "ana") async throws -> String
    {
        let body = try await get(page, as: person).body
        let form = body.components(separatedBy: "action=\"\(action)\"").dropFirst().first
        let field = form?.firstMatch(of: /name="token" value="([^"]*)"/)
        return String(try #require(field, "no form to \(action) on \(page)").1)
    }

    /// The hidden fields of the form that starts what a plan's page shows.
    func form(_ path: String, as person: String = "ana") async throws -> [String: String] {
        let page = try await get(path, as: person)
        let form = page.body.components(separatedBy: "class=\"card confirm\"").dropFirst().first
        var fields: [String: String] = [:]
        for match in (form ?? "").matches(
            of: /type="hidden" name="([^"]*)" value="([^"]*)"/)
        {
            fields[String(match.1)] = String(match.2)
        }
        try #require(!fields.isEmpty, "no form at \(path): \(page.status)")
        return fields
    }

    /// Waits until no backup is taken or verified.
    func backedUp() async throws {
        while await administration.site.jobs.all.contains(where: { !$0.isOver }) {
            await Task.yield()
        }
    }

    /// Puts a folder where the database's file was: it cannot be opened any more.
    func breakDatabase() throws {
        try FileManager.default.removeItem(atPath: folder + "/db.sqlite")
        try FileManager.default.createDirectory(
            atPath: folder + "/db.sqlite", withIntermediateDirectories: false)
    }

    /// Waits until nothing runs.
    func settled() async throws {
        while try await migrator.overview().activity != nil { await Task.yield() }
    }

    private final class Collected: @unchecked Sendable {
        // `@unchecked Sendable` because one task writes and reads, one after the other.
        var buffer = ByteBuffer()
    }

    private struct Writer: ResponseBodyWriter {
        let collected: Collected
        let isSlow: Bool

        mutating func write(_ buffer: ByteBuffer) async throws {
            if isSlow { for _ in 1...20 { await Task.yield() } }
            collected.buffer.writeImmutableBuffer(buffer)
        }

        consuming func finish(_ trailingHeaders: HTTPFields?) async throws {}
    }

    // MARK: Migrations

    static func file(_ version: String, _ name: String, up: String, down: String) -> (
        String, String
    ) {
        return (
            "20250101_000000_\(version)_\(name).sql",
            "-- Migration: \(version) - \(name)\n-- Up Migration\n\(up)\n\n-- Down Migration (Rollback)\n\(down)\n"
        )
    }

    static let two = Dictionary(uniqueKeysWithValues: [
        file(
            "1.0.0", "trips", up: "CREATE TABLE trips (id integer PRIMARY KEY);",
            down: "DROP TABLE trips;"),
        file(
            "1.1.0", "notes", up: "ALTER TABLE trips ADD COLUMN note text;",
            down: "ALTER TABLE trips DROP COLUMN note;"),
    ])
}

extension HTTPField.Name {
    static let person = HTTPField.Name("X-Test-Person")!
}
