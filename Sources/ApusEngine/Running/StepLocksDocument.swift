import ApusCore

/// What a step had to do with locks, for programs: the same from the command line and from the API.
package struct StepLocksDocument: Encodable {
    var migration: String
    var direction: String
    var waitedSeconds: Double
    var retries: Int
    var holder: String?
    var held: [MeasuredLockDocument]

    package init(_ step: StepLocks) {
        migration = step.migration.description
        direction = step.direction.rawValue
        waitedSeconds = step.waited / .seconds(1)
        retries = step.retries
        holder = step.holder
        held = step.held.map(MeasuredLockDocument.init)
    }
}

/// A lock that was measured.
package struct MeasuredLockDocument: Encodable {
    var relation: String
    var mode: String
    /// From 1.
    var statement: Int
    var heldSeconds: Double
    var rewrite: Bool
    var scan: Bool

    package init(_ lock: MeasuredLock) {
        relation = lock.relation
        mode = lock.mode.name
        statement = lock.statement + 1
        heldSeconds = lock.held / .seconds(1)
        rewrite = lock.isRewrite
        scan = lock.isScan
    }
}
