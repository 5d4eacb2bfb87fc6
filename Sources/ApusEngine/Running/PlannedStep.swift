public import ApusCore

/// A step of a run's plan, as those who watch the run see it.
public struct PlannedStep: Hashable, Sendable {
    public var migration: MigrationID
    public var direction: Direction
    public var action: Step.Action
    /// How many statements it sends.
    public var statements: Int

    public init(
        migration: MigrationID, direction: Direction, action: Step.Action, statements: Int
    ) {
        self.migration = migration
        self.direction = direction
        self.action = action
        self.statements = statements
    }

    public init(_ step: Step) {
        self.init(
            migration: step.id, direction: step.direction, action: step.action,
            statements: step.script.statementCount)
    }
}

extension PlannedStep {
    /// A plan's steps as the registry keeps them: a line each, `up run 3 20250115_103000_1.0.0_x`.
    ///
    /// Of a very long plan the first thousand: it is for watching, and decides nothing.
    package static func text(_ steps: [PlannedStep]) -> String {
        steps.prefix(1000).map {
            "\($0.direction.rawValue) \($0.action.rawValue) \($0.statements) \($0.migration)"
        }.joined(separator: "\n")
    }

    /// Reads what ``text(_:)`` writes; lines of a later Apus that this one does not know are left out.
    package static func steps(_ text: String) -> [PlannedStep] {
        text.split(separator: "\n").compactMap { line in
            let parts = line.split(separator: " ", maxSplits: 3).map(String.init)
            guard parts.count == 4, let direction = Direction(rawValue: parts[0]),
                let action = Step.Action(rawValue: parts[1]), let statements = Int(parts[2]),
                let migration = MigrationID(parts[3])
            else { return nil }
            return PlannedStep(
                migration: migration, direction: direction, action: action, statements: statements)
        }
    }
}
