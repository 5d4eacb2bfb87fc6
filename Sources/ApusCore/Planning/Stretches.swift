/// Why a step is not taken together with the steps beside it.
public enum Solitude: String, Hashable, Sendable, CaseIterable {
    /// Its statements are committed one by one.
    case noTransaction = "no-transaction"
    /// Its batches are transactions of their own, or have to be stopped first.
    case batches
    /// It goes on where an unfinished one stopped, or takes it back.
    case unfinished
    /// Nothing is run: the history alone changes.
    case runsNothing = "runs-nothing"
}

extension Step {
    /// Why the step is taken on its own; `nil` for one that can be taken together with its neighbours:
    /// a script in one transaction, from its first statement to its last.
    public var solitude: Solitude? {
        if action != .run { return .runsNothing }
        if script.transaction == .none { return .noTransaction }
        if !script.batches.isEmpty || stopsBatches || leavesBatches || heldBefore != nil {
            return .batches
        }
        return firstStatement > 0 || settles != nil ? .unfinished : nil
    }
}

extension [Step] {
    /// The stretches of steps that are taken together, in order: each step is in exactly one.
    ///
    /// - Parameter pauses: Whether something has to be done between a step and the one behind it.
    public func stretches(pausingBehind pauses: (Step) -> Bool) -> [Range<Int>] {
        var stretches: [Range<Int>] = []
        var begin = 0
        for index in indices.dropFirst() {
            let (before, step) = (self[index - 1], self[index])
            let goesOn =
                before.solitude == nil && step.solitude == nil
                && before.direction == step.direction && !pauses(before)
            guard !goesOn else { continue }
            stretches.append(begin..<index)
            begin = index
        }
        if !isEmpty { stretches.append(begin..<count) }
        return stretches
    }
}
