public import ApusCore
import Foundation

/// What a schedule's entry wants, with the options that its plan depends on.
public struct ScheduledGoal: Hashable, Sendable {
    public var goal: Goal
    public var allowsOutOfOrder = false
    public var down: Step.Origin?
    public var application: SemanticVersion?
    /// Whether no backup is taken, because the person said so.
    public var goesWithoutBackup = false

    public init(_ goal: Goal) {
        self.goal = goal
    }

    /// The goal of a plan, so that what is added to the folder later does not change it.
    init(fixing plan: Plan, _ options: Migrator.Options) {
        goal = plan.goal
        if case .latest = plan.goal, let last = plan.steps.map(\.id.version).max() {
            goal = .upTo(last)
        }
        allowsOutOfOrder = options.planning.allowsOutOfOrder
        down = options.planning.down
        application = options.planning.application
        goesWithoutBackup = options.backup == .never
    }

    /// The migrator that plans and runs as it was agreed.
    func applied(to migrator: Migrator) -> Migrator {
        var migrator = migrator
        migrator.options.planning.allowsOutOfOrder = allowsOutOfOrder
        migrator.options.planning.down = down
        if let application { migrator.options.planning.application = application }
        if goesWithoutBackup { migrator.options.backup = .never }
        return migrator
    }
}

extension ScheduledGoal: LosslessStringConvertible {
    private struct Document: Codable {
        var migrateTo: String?
        var undo: String?
        var cascade: Bool?
        var downTo: String?
        var undoAll: Bool?
        var undoLast: Int?
        var outOfOrder: Bool?
        var down: String?
        var application: String?
        var backup: Bool?
    }

    /// JSON, as FORMATS.md states it.
    public var description: String {
        var document = Document()
        switch goal {
        case .upTo(let version): document.migrateTo = version.description
        case .undo(let version, let cascade):
            document.undo = version.description
            document.cascade = cascade
        case .downTo(let version?): document.downTo = version.description
        case .downTo(nil): document.undoAll = true
        case .undoLast(let count): document.undoLast = count
        case .latest, .baseline, .acceptEdit, .markApplied, .markReverted, .resume: break
        }
        document.outOfOrder = allowsOutOfOrder ? true : nil
        document.down = down?.rawValue
        document.application = application?.description
        document.backup = goesWithoutBackup ? false : nil
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.sortedKeys]
        do {
            return String(decoding: try encoder.encode(document), as: UTF8.self)
        } catch {
            // Strings, numbers and truth values always encode.
            preconditionFailure("a goal that cannot be encoded: \(error)")
        }
    }

    /// Reads what `description` wrote; `nil` for what a later Apus wrote otherwise.
    public init?(_ text: String) {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        guard let document = try? decoder.decode(Document.self, from: Data(text.utf8)) else {
            return nil
        }
        if let version = document.migrateTo.flatMap({ SemanticVersion($0) }) {
            goal = .upTo(version)
        } else if let version = document.undo.flatMap({ SemanticVersion($0) }) {
            goal = .undo(version, cascade: document.cascade ?? false)
        } else if let version = document.downTo.flatMap({ SemanticVersion($0) }) {
            goal = .downTo(version)
        } else if document.undoAll == true {
            goal = .downTo(nil)
        } else if let count = document.undoLast {
            goal = .undoLast(count)
        } else {
            return nil
        }
        allowsOutOfOrder = document.outOfOrder ?? false
        down = document.down.flatMap(Step.Origin.init(rawValue:))
        application = document.application.flatMap { SemanticVersion($0) }
        goesWithoutBackup = document.backup == false
    }
}
