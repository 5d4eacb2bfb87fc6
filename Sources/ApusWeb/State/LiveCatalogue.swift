import ApusCore
import ApusEngine
import Synchronization

/// The catalogue as it was read last: files may change while a server serves them, as migrations
/// do.
final class LiveCatalogue: Sendable {
    private let read: (@Sendable () throws(Diagnostics) -> Catalogue)?
    private let known: Mutex<Catalogue>

    /// - Parameter read: Reads it again; `nil` where it is a part of the program.
    init(_ catalogue: Catalogue, read: (@Sendable () throws(Diagnostics) -> Catalogue)?) {
        self.read = read
        known = Mutex(catalogue)
    }

    var now: Catalogue { known.withLock { $0 } }

    func refresh() throws(Diagnostics) {
        guard let catalogue = try read?() else { return }
        known.withLock { $0 = catalogue }
    }
}
