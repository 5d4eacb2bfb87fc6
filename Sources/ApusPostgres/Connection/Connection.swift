import ApusCore
import ApusEngine
import CLibpq
import Dispatch

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// One connection to a server, used by one thread.
///
/// libpq runs in its non-blocking mode, so that while the thread waits it can be woken to cancel
/// the statement, and can look now and then what the statement waits for.
final class Connection {
    let handle: OpaquePointer
    let address: PostgresConnectionString
    let cancellation: Cancellation
    /// Takes the password out of what the server says.
    let redact: Redaction
    let notices: Notices
    /// When the server was last asked to cancel.
    var lastCancel: ContinuousClock.Instant?
    /// Called about every `interval` while a statement runs.
    var whileWaiting: (interval: Duration, look: (Duration) -> Void)?
    /// Looks whether the connection is dead when it brings nothing.
    var silence: SilenceWatch?
    /// Why this side gave it up.
    private(set) var severance: String?
    private var isClosed = false

    /// Connects: one attempt. Throws `cannotConnect` or `authenticationFailed`.
    ///
    /// `other` is a connection whose server is to be reached again, where the address may lead to
    /// several.
    init(
        to address: PostgresConnectionString, sameServerAs other: Connection? = nil,
        applicationName: String, cancellation: Cancellation, connectTimeout: Int = 10
    ) throws(DatabaseError) {
        var parameters = ConnectionParameters(
            address, applicationName: applicationName, connectTimeout: connectTimeout)
        if let other {
            parameters.pin(host: other.host, port: other.port, hostAddress: other.hostAddress)
        }
        // The last argument: a database name is a name, and never expanded to a connection string.
        let handle = parameters.withCArrays { PQconnectdbParams($0, $1, 0) }
        guard let handle else {
            throw DatabaseError(.cannotConnect, "there is no memory for a connection")
        }
        guard PQstatus(handle) == CONNECTION_OK else {
            defer { PQfinish(handle) }
            throw ConnectFailure.error(handle, at: address)
        }
        self.handle = handle
        self.address = address
        self.cancellation = cancellation
        redact = address.redaction(used: PQpass(handle).map { String(cString: $0) })
        notices = Notices(redact)
        PQsetnonblocking(handle, 1)
        notices.listen(on: handle)
    }

    deinit { close() }

    /// Ends the connection; what the server still does for it is rolled back.
    func close() {
        guard !isClosed else { return }
        isClosed = true
        PQfinish(handle)
    }

    /// Gives the connection up without asking the server: what waits for it sees it end.
    func sever(because reason: String) {
        severance = reason
        let socket = PQsocket(handle)
        if socket >= 0 { shutdown(socket, Int32(SHUT_RDWR)) }
    }

    var isAlive: Bool { !isClosed && PQstatus(handle) == CONNECTION_OK }

    /// 150008 for 15.8.
    var serverVersion: Int { Int(PQserverVersion(handle)) }

    /// `15.8`, without what a packager wrote behind it.
    var serverVersionText: String {
        let full = PQparameterStatus(handle, "server_version").map { String(cString: $0) } ?? ""
        return full.split(separator: " ").first.map(String.init) ?? full
    }

    var user: String { String(cString: PQuser(handle)) }
    var database: String { String(cString: PQdb(handle)) }
    /// The host or socket folder that was reached, where several were named.
    var host: String? { PQhost(handle).map { String(cString: $0) } }
    var port: String? { PQport(handle).map { String(cString: $0) } }
    /// The network address behind the host's name; empty for a socket.
    var hostAddress: String? { PQhostaddr(handle).map { String(cString: $0) } }

    /// The process that libpq would send a cancel request to; behind a pooler not the server's.
    var announcedProcess: Int64 { Int64(PQbackendPID(handle)) }

    var isInTransaction: Bool {
        switch PQtransactionStatus(handle) {
        case PQTRANS_INTRANS, PQTRANS_INERROR: true
        default: false
        }
    }

    /// A script may have chosen another encoding for its own bytes.
    var speaksUTF8: Bool {
        PQparameterStatus(handle, "client_encoding").map { String(cString: $0) } == "UTF8"
    }

    /// libpq's own words, without secrets, on one line; ours where this side gave the connection up.
    var libpqMessage: String {
        if let severance { return severance }
        return redact(String(cString: PQerrorMessage(handle)))
            .split(whereSeparator: \.isNewline)
            .map { String($0).trimmed }
            .filter { !$0.isEmpty }
            .joined(separator: "; ")
    }

    /// Asks the server to end what it is doing; the statement then fails with 57014.
    ///
    /// libpq waits for the server's answer for as long as it takes, so that it is asked on a thread of
    /// its own, which is left behind where the server does not answer.
    func cancelStatement() {
        guard let pointer = PQgetCancel(handle) else { return }
        // Because only that thread uses it from here on.
        nonisolated(unsafe) let request = pointer
        let isSent = DispatchSemaphore(value: 0)
        DispatchQueue.global().async {
            withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { message in
                _ = PQcancel(request, message.baseAddress, 256)
            }
            PQfreeCancel(request)
            isSent.signal()
        }
        _ = isSent.wait(timeout: .now() + .seconds(5))
    }
}

extension String {
    fileprivate var trimmed: String {
        String(drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
    }
}
