public import ApusCore

/// A database at one moment: its state, its latest runs, and what is going on.
public struct Overview: Sendable {
    public var state: DatabaseState
    /// Newest first, without their journals.
    public var runs: [RunRecord]
    /// What the holder of the migration lock does; `nil` where the lock is free.
    public var activity: RunActivity?

    public init(state: DatabaseState, runs: [RunRecord], activity: RunActivity?) {
        self.state = state
        self.runs = runs
        self.activity = activity
    }

    /// The run that goes on, in whatever process. A run whose row is open while nobody holds the
    /// lock has lost its process.
    public var liveRun: RunRecord? {
        activity == nil ? nil : runs.first { $0.status == .running }
    }
}

/// One run at one moment.
public struct RunSight: Sendable {
    /// With its journal.
    public var record: RunRecord
    /// What its process does; `nil` where nothing works on it.
    public var activity: RunActivity?

    public init(record: RunRecord, activity: RunActivity?) {
        self.record = record
        self.activity = activity
    }

    public var isLive: Bool { record.status == .running && activity != nil }
}

extension Migrator {
    /// Reads folder, history, runs and what is going on, over one session. Changes nothing.
    public func overview(runs limit: Int = 20) async throws(Diagnostics) -> Overview {
        try await withLook { () throws(Diagnostics) in
            try folder.survey(knowing: lookCache)
        } _: { (survey, session) throws(Diagnostics) in
            let state = try await state(survey, session)
            return try await asking { () async throws(DatabaseError) -> Overview in
                var runs = try await session.runs(limit: limit)
                let activity = try await session.activity()
                // A run that ended between the two questions is open no more.
                if activity == nil, runs.contains(where: { $0.status == .running }) {
                    runs = try await session.runs(limit: limit)
                }
                return Overview(state: state, runs: runs, activity: activity)
            }
        }
    }

    /// One run with its journal and what its process does now. Throws `run-unknown`.
    public func sight(of id: RunID) async throws(Diagnostics) -> RunSight {
        let sight = try await withLook { (session) throws(Diagnostics) in
            try await asking { () async throws(DatabaseError) -> RunSight? in
                let record = try await session.run(id)
                let activity = try await session.activity()
                // A run that ended between the two questions is open no more.
                let isOver = activity == nil && record?.status == .running
                return (isOver ? try await session.run(id) : record).map {
                    RunSight(record: $0, activity: activity)
                }
            }
        }
        guard let sight else {
            throw Diagnostics([
                Diagnostic(.runUnknown, "there is no run \(id)", help: ["apus runs list"])
            ])
        }
        return sight
    }
}
