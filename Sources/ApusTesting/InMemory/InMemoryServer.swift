import ApusEngine
import Synchronization

/// The databases that an ``InMemoryDriver`` and its siblings share, by their names, and what the
/// backups of them held.
final class InMemoryServer: Sendable {
    private struct State {
        var databases: [String: InMemoryStore] = [:]
        var backups: [String: InMemoryStore.Content] = [:]
    }

    private let state = Mutex(State())

    /// The database of that name; it comes into being with the first look.
    func database(_ name: String) -> InMemoryStore {
        state.withLock { state in
            let store = state.databases[name] ?? InMemoryStore()
            state.databases[name] = store
            return store
        }
    }

    func keep(_ content: InMemoryStore.Content, as digest: String) {
        state.withLock { $0.backups[digest] = content }
    }

    func backup(_ digest: String) -> InMemoryStore.Content? {
        state.withLock { $0.backups[digest] }
    }

    /// The names of all databases that were looked at.
    var names: [String] { state.withLock { $0.databases.keys.sorted() } }

    func remove(_ name: String) {
        state.withLock { $0.databases[name] = nil }
    }

    /// Gives `restored` the name `live`, and what bears that name `kept`.
    func exchange(_ restored: String, _ live: String, keeping kept: String) {
        state.withLock { state in
            state.databases[kept] = state.databases[live]
            state.databases[live] = state.databases[restored]
            state.databases[restored] = nil
        }
    }
}
