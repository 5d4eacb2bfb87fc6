import ApusCore

/// The allowances of one migration, and which of them were needed.
struct AllowanceBook {
    private let migration: Migration
    /// Whether everything was judged that could be: with the facts of one database, a finding may be
    /// missing that another database brings.
    private let isComplete: Bool
    private var isUsed: [Bool]

    init(_ migration: Migration, isComplete: Bool) {
        self.migration = migration
        self.isComplete = isComplete
        isUsed = Array(repeating: false, count: migration.allowances.count)
    }

    /// Whether the file allows the violation; the narrowest allowance that does is the one that is used.
    mutating func allows(_ rule: String, _ violation: Violation) -> Bool {
        var best: Int?
        for (index, allowance) in migration.allowances.enumerated()
        where allowance.rule == rule && allowance.covers(violation) {
            if best.map({ migration.allowances[$0].width > allowance.width }) ?? true {
                best = index
            }
        }
        guard let best else { return false }
        isUsed[best] = true
        return true
    }

    /// What is wrong with the allowances themselves.
    func violations(
        asking rules: [Rule], _ configuration: LintConfiguration
    ) -> [(Rule, Violation)] {
        migration.allowances.enumerated().compactMap { index, allowance in
            guard let rule = rules.first(where: { $0.name == allowance.rule }) else {
                return (.unknownName, unknown(allowance, rules.map(\.name)))
            }
            guard isComplete, !isUsed[index], configuration.level(of: rule) > .off else {
                return nil
            }
            return (.unusedAllowance, unused(allowance))
        }
    }

    private func unknown(
        _ allowance: Migration.Allowance, _ names: [String]
    ) -> Violation {
        let nearest = Suggestion.nearest(to: allowance.rule, in: names)
        var violation = violation(
            allowance,
            "there is no rule `\(allowance.rule)`"
                + (nearest.map { ", did you mean `\($0)`?" } ?? ""))
        violation.help = ["see all rules: apus explain"]
        return violation
    }

    private func unused(_ allowance: Migration.Allowance) -> Violation {
        let place =
            switch allowance.scope {
            case .migration: "in this migration"
            case .section(let direction): "in the \(direction.rawValue) section"
            case .statement: "in the statement below"
            }
        var violation = violation(
            allowance, "\(allowance.rule) has nothing to object to \(place)")
        violation.help = ["take the allowance out"]
        return violation
    }

    private func violation(_ allowance: Migration.Allowance, _ message: String) -> Violation {
        Violation(
            message, range: allowance.range, direction: .up, statement: allowance.range.lowerBound)
    }
}

extension Migration.Allowance {
    fileprivate func covers(_ violation: Violation) -> Bool {
        switch scope {
        case .migration: true
        case .section(let direction): violation.direction == direction
        case .statement(let direction, let offset):
            violation.direction == direction && violation.statement == offset
        }
    }

    fileprivate var width: Int {
        switch scope {
        case .migration: 2
        case .section: 1
        case .statement: 0
        }
    }
}
