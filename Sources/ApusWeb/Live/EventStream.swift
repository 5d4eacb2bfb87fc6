import ApusCore
import ApusEngine
import HTTPTypes
import Hummingbird
import NIOCore
import ServiceLifecycle
import Synchronization

/// Server-sent events as an answer: with ids, a heartbeat, and an end when the client is gone, may
/// look no more, or the server shuts down.
enum EventStream {
    struct Event: Sendable {
        var id: String
        var name: String
        var data: String

        /// As it goes over the wire. What ends a line there is CR, LF, or both: any of them in the
        /// data begins another line of data, and nothing else.
        var text: String {
            "id: \(id)\nevent: \(name)\n"
                + TextLines.ofAnyEnd(data).map { "data: \($0)\n" }.joined() + "\n"
        }
    }

    /// Makes events from what is seen of a run; keeps what it has told already.
    protocol Teller: Sendable {
        mutating func events(of seen: RunWatches.Sighting) -> [Event]
    }

    /// What wakes the writer: something new, or that it is time for a sign of life.
    ///
    /// Each holds the newest sighting, so that one may take the place of another which a slow client
    /// has not come for.
    private struct Tick: Sendable {
        var newest: RunWatches.Sighting?
        var isHeartbeat: Bool
    }

    /// The events of a run, as `teller` tells them. Throws 429 where too many streams are open.
    static func response(
        _ exchange: Exchange, of id: RunID, _ teller: some Teller
    ) async throws -> Response {
        let session = exchange.visitor?.session ?? ""
        // Given back when nothing refers to it any more, also where the answer is never written.
        guard let place = exchange.site.streams.place(for: session) else {
            throw Problem(
                .tooManyRequests, "Too many event streams are open",
                detail: "Close some of the pages that show runs.", headers: [.retryAfter: "30"])
        }
        let sightings = await exchange.site.watches.sightings(of: id)
        let heartbeat = exchange.site.configuration.limits.heartbeat
        return Response(
            status: .ok,
            headers: [
                .contentType: "text/event-stream", .cacheControl: "no-store",
                HTTPField.Name("X-Accel-Buffering")!: "no",
            ],
            body: ResponseBody { writer in
                defer { withExtendedLifetime(place) {} }
                var teller = teller
                var told = 0
                try await writer.write(ByteBuffer(string: "retry: 2000\n\n"))
                for await tick in ticks(sightings, every: heartbeat).cancelOnGracefulShutdown() {
                    if tick.isHeartbeat {
                        guard await isStillAllowed(exchange) else { break }
                        try await writer.write(ByteBuffer(string: ": alive\n\n"))
                    }
                    guard let seen = tick.newest, seen.number > told else { continue }
                    told = seen.number
                    for event in teller.events(of: seen) {
                        try await writer.write(ByteBuffer(string: event.text))
                    }
                }
                try await writer.finish(nil)
            })
    }

    /// Whether whoever opened the stream is still signed in, as the same session, and may look: a
    /// stream does not outlive that by more than a heartbeat (W2).
    private static func isStillAllowed(_ exchange: Exchange) async -> Bool {
        do {
            let visitor = try await exchange.site.authorizer.visitor(
                of: exchange.request, from: exchange.address)
            return visitor?.session == exchange.visitor?.session
                && visitor?.access.allows(nil) == true
        } catch {
            // As for every request: an authorizer that fails lets nobody in.
            return false
        }
    }

    /// What is seen, and a heartbeat now and then between; only the newest waits for a slow client.
    private static func ticks(
        _ sightings: AsyncStream<RunWatches.Sighting>, every pause: Duration
    ) -> AsyncStream<Tick> {
        let (stream, continuation) = AsyncStream<Tick>.makeStream(
            bufferingPolicy: .bufferingNewest(1))
        let work = Task {
            let newest = Newest()
            await withTaskGroup(of: Void.self) { group in
                group.addTask {
                    for await seen in sightings {
                        newest.keep(seen) {
                            continuation.yield(Tick(newest: $0, isHeartbeat: false))
                        }
                    }
                    continuation.finish()
                }
                group.addTask {
                    // A cancelled sleep ends the loop with the stream.
                    while (try? await Task.sleep(for: pause)) != nil {
                        newest.keep(nil) {
                            continuation.yield(Tick(newest: $0, isHeartbeat: true))
                        }
                    }
                }
                await group.next()
                group.cancelAll()
            }
        }
        continuation.onTermination = { _ in work.cancel() }
        return stream
    }

    /// The newest sighting; passed on under its lock, so that none is followed by an older one.
    private final class Newest: Sendable {
        private let sighting = Mutex<RunWatches.Sighting?>(nil)

        func keep(
            _ seen: RunWatches.Sighting?, pass: (RunWatches.Sighting?) -> Void
        ) {
            sighting.withLock { newest in
                newest = seen ?? newest
                pass(newest)
            }
        }
    }
}
