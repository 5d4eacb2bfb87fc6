import ApusCore
import ApusEngine
import Logging
import ServiceLifecycle
import Synchronization

/// Whether the database is one that this application can work with: asked at the start, every few
/// seconds, and whenever a statement fails.
final class GateWatch: Service {
    enum State: Hashable, Sendable {
        case open
        case closed(reason: String)
    }

    private let gate: Gate
    private let every: Duration
    private let logger: Logger
    private let last = Mutex(State.closed(reason: "The database was not asked yet."))
    private let onOpen: @Sendable () async -> Void

    /// - Parameter onOpen: Is done each time that the gate opens, before anybody passes.
    init(
        _ gate: Gate, every: Duration = .seconds(2), logger: Logger,
        onOpen: @escaping @Sendable () async -> Void
    ) {
        self.gate = gate
        self.every = every
        self.logger = logger
        self.onOpen = onOpen
    }

    var state: State { last.withLock { $0 } }

    /// The first look. Throws what no waiting mends: an application that is too old for the database,
    /// a wrong password.
    func start() async throws {
        if case .refuse(let compatibility) = try await gate.decide() {
            throw Diagnostics([
                Diagnostic(
                    .applicationIncompatible, "this application is too old for its database",
                    details: compatibility.reasons)
            ])
        }
        await look()
    }

    @discardableResult
    func look() async -> State {
        let state = await asked()
        if state != self.state {
            switch state {
            case .open:
                await onOpen()
                logger.notice("the database can be worked with")
            case .closed(let reason):
                logger.warning("maintenance", metadata: ["reason": "\(reason)"])
            }
            last.withLock { $0 = state }
        }
        return state
    }

    private func asked() async -> State {
        do throws(Diagnostics) {
            switch try await gate.decide() {
            case .goOn: return .open
            case .wait(let reason): return .closed(reason: reason)
            case .refuse(let compatibility):
                return .closed(reason: compatibility.reasons.joined(separator: " "))
            }
        } catch {
            return .closed(reason: error.all.map(\.message).joined(separator: " "))
        }
    }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                do { try await Task.sleep(for: self.every) } catch { return }
                await self.look()
            }
        }
    }
}
