/// How much a lint rule's finding weighs.
public enum RuleLevel: String, Hashable, Sendable, CaseIterable, Comparable {
    /// The rule is not asked.
    case off
    /// Worth knowing.
    case notice
    /// Probably wrong.
    case warning
    /// `apus lint` ends with exit code 7.
    case error

    public static func < (left: Self, right: Self) -> Bool { left.weight < right.weight }

    private var weight: Int { Self.allCases.firstIndex(of: self) ?? 0 }

    /// `nil` for `off`.
    public var severity: Diagnostic.Severity? {
        switch self {
        case .off: nil
        case .notice: .notice
        case .warning: .warning
        case .error: .error
        }
    }
}
