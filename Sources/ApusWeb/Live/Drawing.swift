import Synchronization

/// How a sighting looks on the page: drawn by the first who asks, and the same for all who watch.
final class Drawing: Sendable {
    private let drawn = Mutex<String?>(nil)

    func html(_ draw: () -> String) -> String {
        drawn.withLock { drawn in
            let html = drawn ?? draw()
            drawn = html
            return html
        }
    }
}
