import ApusCore
import Synchronization

/// A catalogue that a test changes behind the server's back.
final class Catalogues: Sendable {
    private let catalogue = Mutex(Catalogue.empty)

    var now: Catalogue {
        get { catalogue.withLock { $0 } }
        set { catalogue.withLock { $0 = newValue } }
    }
}
