import ApusCore
import ApusEngine
import ApusTesting
import Foundation
import HTTPTypes
import Synchronization
import Testing

@testable import ApusWeb

/// Nothing that a stream of events has to tell is lost, however long the journal and slow the client.
@Suite struct `Replay of events` {
    static func many(_ count: Int) -> [String: String] {
        Dictionary(
            uniqueKeysWithValues: (1...count).map {
                WebBench.file("1.0.\($0)", "step_\($0)", up: "SELECT \($0);", down: "SELECT 1;")
            })
    }

    private func ids(_ body: String) -> [String] {
        body.matches(of: /id: ([0-9-]+)\nevent: entry/).map { String($0.1) }
    }

    @Test func `a journal of many entries is sent in full, also to a slow client`() async throws {
        let bench = try WebBench(Self.many(150), driver: InMemoryDriver())
        try await bench.migrator.migrate()
        let all = try await bench.send(.get, "/api/runs/1/events", as: "ana", isSlow: true)
        #expect(ids(all.body) == (1...150).map { "\($0)-0" })
        #expect(all.body.contains("event: over"))
        let rest = try await bench.get("/api/runs/1/events", headers: [.lastEventID: "140-3"])
        #expect(ids(rest.body) == (141...150).map { "\($0)-0" })
    }

    @Test func `an entry that had begun is sent again when it is done`() throws {
        var teller = DocumentEvents(after: nil)
        let first = teller.events(of: try sighting([.done, .started]))
        #expect(first.map(\.id) == ["1-0", "1-0", "1-1"])
        let same = teller.events(of: try sighting([.done, .started]))
        #expect(!same.contains { $0.name == "entry" })
        let second = teller.events(of: try sighting([.done, .done]))
        #expect(second.map(\.id) == ["2-0", "2-1"])
        #expect(second[0].data.contains("\"status\":\"done\""))
        // Whoever left in between is told of it as well.
        var again = DocumentEvents(after: first.last?.id)
        #expect(again.events(of: try sighting([.done, .done])).map(\.id) == ["2-0", "2-1"])
    }

    @Test(arguments: ["a\nb", "a\r\nb", "a\rb"])
    func `W4: whatever ends a line in data begins another line of data`(_ data: String) {
        let event = EventStream.Event(id: "1-1", name: "state", data: data)
        #expect(event.text == "id: 1-1\nevent: state\ndata: a\ndata: b\n\n")
    }

    @Test func `a page that is loaded again is shown the run, and not the end of the first look`()
        async throws
    {
        let bench = try WebBench(
            `Live runs`.slow, driver: InMemoryDriver(holding: ["pg_sleep"]))
        _ = try await bench.post(
            "/admin/migrations/runs", try await bench.form("/admin/migrations/plan"))
        let watches = bench.administration.site.watches
        for round in 1...300 {
            // The one before has just left: its look at the database may still be under way.
            let sightings = await watches.sightings(of: RunID(1))
            let isEnded = Mutex(false)
            let watcher = Task {
                for await seen in sightings { #expect(seen.failure == nil) }
                if !Task.isCancelled { isEnded.withLock { $0 = true } }
            }
            for _ in 1...round % 40 + 1 { await Task.yield() }
            watcher.cancel()
            await watcher.value
            #expect(!isEnded.withLock { $0 })
            for _ in 0..<round % 7 { await Task.yield() }
        }
        await bench.administration.site.keeper.stop()
    }

    @Test func `what is seen is drawn once for all who watch`() throws {
        let drawing = Drawing()
        #expect(drawing.html { "first" } == "first")
        #expect(drawing.html { "second" } == "first")
    }

    private func sighting(_ statuses: [JournalEntry.Status]) throws -> RunWatches.Sighting {
        let journal = try statuses.enumerated().map { index, status in
            JournalEntry(
                migration: try #require(MigrationID("20250101_000000_1.0.\(index)_step")),
                direction: .up, status: status, statementsDone: 0, statementCount: 2,
                startedAt: Timestamp(microseconds: 0), duration: nil, message: nil)
        }
        let record = RunRecord(
            id: RunID(1), kind: "migrate", status: .running, summary: "x", from: nil, to: nil,
            startedAt: Timestamp(microseconds: 0), endedAt: nil, startedBy: "ana",
            databaseUser: "", toolVersion: "", failureCode: nil, failureMessage: nil,
            backupName: nil, journal: journal)
        return .init(sight: RunSight(record: record, activity: nil), number: 1)
    }
}
