import ApusWeb

/// Somebody of the house.
struct Account: Hashable, Sendable {
    enum Role: String, Sendable {
        /// Sees trips, guests and the database's pages.
        case viewer
        /// Registers guests, and runs migrations too.
        case `operator`
    }

    var name: String
    var role: Role

    var mayAct: Bool { role == .operator }

    /// The same in the words of Apus.
    var access: Access { mayAct ? .act([.operator, .download]) : .read }
}
