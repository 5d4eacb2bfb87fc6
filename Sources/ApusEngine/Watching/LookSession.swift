import ApusCore
import Synchronization

/// The session of the last look, open for a moment in case that another look follows: connecting
/// takes longer than looking.
///
/// One look at a time takes it; who looks meanwhile opens another.
final class LookSession: Sendable {
    struct Kept: Sendable {
        var session: any DatabaseSession
        var target: DatabaseTarget
        var openedAt = ContinuousClock.now
    }

    private let content = Mutex<(kept: Kept?, keepings: Int)>((nil, 0))
    /// No session lives longer, so that who is led to another server goes there.
    private static let longest = Duration.seconds(60)

    /// Takes the session out, where there is one of that database.
    func take(of target: DatabaseTarget) -> Kept? {
        content.withLock { content in
            guard let kept = content.kept, kept.target == target else { return nil }
            content.kept = nil
            return kept
        }
    }

    /// Puts a session back, and closes it where nobody takes it in `time`.
    func keep(_ kept: Kept, for time: Duration) async {
        let number: Int? = content.withLock { content in
            guard content.kept == nil, .now - kept.openedAt < Self.longest else { return nil }
            content.keepings += 1
            content.kept = kept
            return content.keepings
        }
        guard let number else { return await kept.session.close() }
        Task {
            try await Task.sleep(for: time)
            await close(number)
        }
    }

    /// Closes what is kept; with a number, only where that keeping is still the latest.
    func close(_ number: Int? = nil) async {
        let kept = content.withLock { content -> Kept? in
            guard number == nil || number == content.keepings else { return nil }
            defer { content.kept = nil }
            return content.kept
        }
        await kept?.session.close()
    }
}
