public import ApusCore
import Synchronization
import SystemPackage

/// A command that says whether the application is well: it ends with 0, or it is not.
public struct HealthCommand: Hashable, Sendable {
    /// As a shell takes it.
    public var command: String
    public var interval: Duration

    public init(_ command: String, every interval: Duration = .seconds(10)) {
        self.command = command
        self.interval = interval
    }

    /// Why the application is not well; `nil` where it is.
    func complaint() async -> String? {
        do throws(Program.NotRun) {
            let ending = try await Program("/bin/sh", ["-c", command]).runTogether()
            if ending.isSuccess { return nil }
            let last = ending.errors.split(separator: "\n").last.map { ": \($0)" } ?? ""
            return "the health command ended with \(ending.status)\(last)"
        } catch {
            return "the health command could not be run: \(error.reason)"
        }
    }
}

/// How the wait for a run's confirmation ended.
public enum ConfirmationEnd: Sendable {
    case confirmed(ScheduleEntry)
    /// The run was taken back; why.
    case reverted(ScheduleEntry, why: String)
    /// It was to be taken back, and was not.
    case left(ScheduleEntry, Diagnostic)
}

extension Migrator {
    /// Waits until a run is confirmed, and takes it back when nobody does in time, or at once when the
    /// health command fails. Another process may do it first: the entry in the database decides.
    ///
    /// Throws `interrupted` where the task is cancelled; the entry waits on.
    ///
    /// - Parameter progress: is told the entry and what is left of its time, each second.
    public func awaitConfirmation(
        of id: ScheduleID, health: HealthCommand? = nil,
        progress: @escaping @Sendable (ScheduleEntry, Duration) -> Void = { _, _ in },
        events: @escaping @Sendable (RunEvent) -> Void = { _ in }
    ) async throws(Diagnostics) -> ConfirmationEnd {
        let first = try await scheduled(id)
        let box = ComplaintBox()
        let watch = Task {
            guard let health else { return }
            while !Task.isCancelled {
                if let found = await health.complaint() {
                    if !Task.isCancelled { box.text.withLock { $0 = found } }
                    return
                }
                try await Task.sleep(for: health.interval)
            }
        }
        defer { watch.cancel() }
        var entry = first
        var complaint: String?
        while true {
            if let end = Self.end(of: entry) { return end }
            let left = Duration.microseconds(
                entry.draft.notBefore.microseconds - now().microseconds)
            // It is listened to once; an attempt that fails has its own next time.
            let unwell = complaint == nil ? box.text.withLock(\.self) : nil
            if entry.state == .waiting, left <= .zero || unwell != nil {
                if let unwell {
                    complaint = unwell
                    let window = min(now(), entry.draft.notBefore)...entry.draft.notAfter
                    _ = try await change(
                        id,
                        ScheduleChange(
                            from: [.waiting], to: .waiting, message: unwell, window: window))
                    entry = try await scheduled(id)
                    if let end = Self.end(of: entry) { return end }
                }
                let outcome = try await perform(entry) { _, event in events(event) }
                if case .postponed? = outcome?.ending { try await Self.rest(.seconds(1), entry) }
            } else {
                progress(entry, left)
                try await Self.rest(min(.seconds(1), max(left, .milliseconds(50))), entry)
            }
            guard !Task.isCancelled else { throw Self.stoppedWaiting(entry) }
            entry = try await patiently(id)
        }
    }

    private static func rest(
        _ time: Duration, _ entry: ScheduleEntry
    ) async throws(Diagnostics) {
        do { try await Task.sleep(for: time) } catch { throw stoppedWaiting(entry) }
    }

    /// The entry as it is now; a database that is away for a while is asked again.
    private func patiently(_ id: ScheduleID) async throws(Diagnostics) -> ScheduleEntry {
        while true {
            do throws(Diagnostics) {
                return try await scheduled(id)
            } catch {
                guard error.all[0].code == .connectionLost || error.all[0].code == .cannotConnect
                else { throw error }
                do { try await Task.sleep(for: .seconds(1)) } catch { throw Self.cutOff(id) }
            }
        }
    }

    private static func cutOff(_ id: ScheduleID) -> Diagnostics {
        Diagnostics([
            Diagnostic(
                .interrupted, "stopped waiting for a confirmation while the database was away",
                state: "apus serve or apus run-due takes the run back when its time is over.",
                help: ["apus schedule show \(id)"])
        ])
    }

    private static func end(of entry: ScheduleEntry) -> ConfirmationEnd? {
        switch entry.state {
        case .waiting, .running: nil
        case .confirmed: .confirmed(entry)
        case .done: .reverted(entry, why: entry.message ?? "nobody confirmed it in time")
        case .failed, .changed, .missed, .cancelled:
            .left(
                entry,
                Diagnostic(
                    entry.state == .changed ? .planChanged : .notConfirmed,
                    "run \(entry.draft.reverts?.description ?? "?") was not confirmed, and was not taken back: \(entry.message ?? entry.state.rawValue)",
                    help: ["apus schedule show \(entry.id)", "apus status"]))
        }
    }

    private static func stoppedWaiting(_ entry: ScheduleEntry) -> Diagnostics {
        let run = entry.draft.reverts?.description ?? "?"
        return Diagnostics([
            Diagnostic(
                .interrupted, "stopped waiting for the confirmation of run \(run)",
                state:
                    "run \(run) stays, and is taken back from \(entry.draft.notBefore.isoText) on by apus serve or apus run-due.",
                help: ["keep it: apus confirm \(run)"])
        ])
    }
}

/// What the health command said.
private final class ComplaintBox: Sendable {
    let text = Mutex<String?>(nil)
}
