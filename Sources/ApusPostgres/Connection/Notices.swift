import CLibpq

/// Collects the server's warnings; notices and below are psql's to print, not ours.
final class Notices {
    private var handler: ((String) -> Void)?
    private let redact: Redaction

    init(_ redact: Redaction) {
        self.redact = redact
    }

    /// Runs `body` while warnings go to `handler`.
    func deliver<Result, Failure: Error>(
        to handler: @escaping (String) -> Void, during body: () throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let previous = self.handler
        self.handler = handler
        defer { self.handler = previous }
        return try body()
    }

    /// libpq calls back on the thread that reads from the connection, which is the session's own.
    /// The connection keeps this object alive for as long as the handle is open.
    func listen(on handle: OpaquePointer) {
        let receiver: PQnoticeReceiver = { context, result in
            guard let context, let result else { return }
            Unmanaged<Notices>.fromOpaque(context).takeUnretainedValue().receive(result)
        }
        PQsetNoticeReceiver(handle, receiver, Unmanaged.passUnretained(self).toOpaque())
    }

    private func receive(_ result: OpaquePointer) {
        func field(_ name: Character) -> String? {
            PQresultErrorField(result, Int32(name.asciiValue!)).map { String(cString: $0) }
        }
        guard field("V") == "WARNING", let message = field("M") else { return }
        handler?("WARNING: \(redact(message))")
    }
}
