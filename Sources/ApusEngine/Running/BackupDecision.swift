public import ApusCore

extension Migrator {
    /// Whether the database is copied before a plan is performed: unless it is new, nothing is run,
    /// or the policy says otherwise.
    public func takesBackup(before plan: Plan, registry: History.Registry) -> Bool {
        guard backups != nil, plan.needsBackupOfSteps, registry != .absent(userTables: 0) else {
            return false
        }
        return switch options.backup {
        case .always, .eachStep: true
        case .destructive: plan.steps.contains { !DataLoss.losses(of: $0).isEmpty }
        case .never: false
        }
    }
}
