import ApusCore
import ApusEngine

/// Asks a database for something: one question at a time, whose answer everybody shares who asks
/// meanwhile, and keeps the last answer that there was.
actor SharedReading<Value: Sendable> {
    private let read: @Sendable () async -> Result<Value, Diagnostics>
    private(set) var last: Value?
    private var lastInstant: ContinuousClock.Instant?
    private var reading: Task<Result<Value, Diagnostics>, Never>?
    /// What fails is not asked again at once by everybody: a dead server costs a time-out each time.
    private var lastFailure: (Diagnostics, ContinuousClock.Instant)?

    init(_ read: @escaping @Sendable () async -> Result<Value, Diagnostics>) {
        self.read = read
    }

    /// The answer as it is now, or was at most `age` ago. Throws what the question failed with, and
    /// `cannot-connect` where the answer has not come after `patience`.
    func current(
        atMost age: Duration = .zero, within patience: Duration? = nil
    ) async throws(Diagnostics) -> Value {
        let now = ContinuousClock.now
        if let last, let lastInstant, age > .zero, now - lastInstant <= age { return last }
        if let (failure, instant) = lastFailure, now - instant < .milliseconds(500) {
            throw failure
        }
        let task = reading ?? startReading()
        guard let patience else { return try await task.value.get() }
        return try await Self.answer(of: task, within: patience)
    }

    /// What is known has changed: the next one who asks asks again, also where a question is under
    /// way.
    func forget() {
        lastInstant = nil
        reading = nil
        lastFailure = nil
    }

    private func startReading() -> Task<Result<Value, Diagnostics>, Never> {
        let task = Task { [read] in await read() }
        reading = task
        Task { self.finish(task, await task.value) }
        return task
    }

    private func finish(
        _ task: Task<Result<Value, Diagnostics>, Never>, _ result: Result<Value, Diagnostics>
    ) {
        guard reading == task else { return }
        reading = nil
        switch result {
        case .success(let value):
            last = value
            lastInstant = .now
            lastFailure = nil
        case .failure(let failure):
            lastFailure = (failure, .now)
        }
    }

    /// The question goes on for others when one who asked has lost patience.
    private static func answer(
        of task: Task<Result<Value, Diagnostics>, Never>, within patience: Duration
    ) async throws(Diagnostics) -> Value {
        let (first, tell) = AsyncStream<Result<Value, Diagnostics>>.makeStream()
        let clock = Task {
            try await Task.sleep(for: patience)
            tell.yield(
                .failure(
                    Diagnostics([
                        Diagnostic(
                            .cannotConnect,
                            "the database has not answered for \(Words.duration(patience))")
                    ])))
        }
        Task { tell.yield(await task.value) }
        defer { clock.cancel() }
        for await result in first { return try result.get() }
        throw Diagnostics([Diagnostic(.interrupted, "the question was given up")])
    }
}
