import HTTPTypes
import Hummingbird
import NIOCore
import ServiceLifecycle

/// Server-sent events as an answer: with ids, a heartbeat, and an end when the client is gone or the
/// server shuts down.
enum EventStream {
    struct Event: Sendable {
        var id: String
        var name: String
        var data: String

        var text: String {
            let lines = data.split(separator: "\n", omittingEmptySubsequences: false)
            return "id: \(id)\nevent: \(name)\n"
                + lines.map { "data: \($0)\n" }.joined() + "\n"
        }
    }

    private enum Tick: Sendable {
        case event(Event)
        case heartbeat
    }

    /// - Parameter session: Whose streams this one counts among; it counts no more when it ends.
    static func response(
        _ exchange: Exchange, _ events: AsyncStream<Event>
    ) throws -> Response {
        let limit = exchange.site.streams
        let session = exchange.visitor?.session ?? ""
        guard limit.open(session) else {
            throw Problem(
                .tooManyRequests, "Too many event streams are open",
                detail: "Close some of the pages that show runs.", headers: [.retryAfter: "30"])
        }
        let heartbeat = exchange.site.configuration.limits.heartbeat
        return Response(
            status: .ok,
            headers: [
                .contentType: "text/event-stream", .cacheControl: "no-store",
                HTTPField.Name("X-Accel-Buffering")!: "no",
            ],
            body: ResponseBody { writer in
                defer { limit.close(session) }
                try await writer.write(ByteBuffer(string: "retry: 2000\n\n"))
                for await tick in ticks(events, every: heartbeat).cancelOnGracefulShutdown() {
                    switch tick {
                    case .event(let event):
                        try await writer.write(ByteBuffer(string: event.text))
                    case .heartbeat: try await writer.write(ByteBuffer(string: ": alive\n\n"))
                    }
                }
                try await writer.finish(nil)
            })
    }

    /// The events, and a heartbeat now and then between them.
    private static func ticks(
        _ events: AsyncStream<Event>, every pause: Duration
    ) -> AsyncStream<Tick> {
        let (stream, continuation) = AsyncStream<Tick>.makeStream(
            bufferingPolicy: .bufferingNewest(64))
        let work = Task {
            await withTaskGroup(of: Void.self) { group in
                group.addTask {
                    for await event in events { continuation.yield(.event(event)) }
                    continuation.finish()
                }
                group.addTask {
                    // A cancelled sleep ends the loop with the stream.
                    while (try? await Task.sleep(for: pause)) != nil {
                        continuation.yield(.heartbeat)
                    }
                }
                await group.next()
                group.cancelAll()
            }
        }
        continuation.onTermination = { _ in work.cancel() }
        return stream
    }
}
