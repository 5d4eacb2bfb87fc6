import ApusCore
import Testing

/// Steps that are taken together.
@Suite struct StretchTests {
    private func step(
        _ title: String = "1.0.0 a", _ directives: String..., direction: Direction = .up,
        action: Step.Action = .run, change: (inout Step) -> Void = { _ in }
    ) throws -> Step {
        let migration =
            directives.isEmpty
            ? try migration(title)
            : try migration(title, directives.joined(separator: "\n-- apus: "))
        let script = direction == .up ? migration.up : try #require(migration.down)
        var step = Step(
            id: migration.id, direction: direction, action: action, origin: .file, script: script,
            source: migration.source)
        change(&step)
        return step
    }

    private var unfinished: UnfinishedStep {
        get throws {
            UnfinishedStep(
                id: try step().id, direction: .up, run: RunID(1), statementsDone: 1,
                statementCount: 2, meaning: Checksum(of: ""), startedAt: Timestamp(microseconds: 0))
        }
    }

    @Test func `a script in one transaction can be taken with its neighbours`() throws {
        #expect(try step().solitude == nil)
        #expect(try step(direction: .down).solitude == nil)
    }

    @Test func `a step says why it stands alone`() throws {
        #expect(try step("1.0.0 a", "no-transaction").solitude == .noTransaction)
        #expect(try step(action: .record).solitude == .runsNothing)
        #expect(try step { $0.stopsBatches = true }.solitude == .batches)
        #expect(try step { $0.leavesBatches = true }.solitude == .batches)
        #expect(try step { $0.heldBefore = 1 }.solitude == .batches)
        #expect(try step { $0.firstStatement = 1 }.solitude == .unfinished)
        let unfinished = try unfinished
        #expect(try step { $0.settles = unfinished }.solitude == .unfinished)
    }

    @Test func `steps are cut where one stands alone, turns round, or something comes between`()
        throws
    {
        let plain = try step()
        let alone = try step("1.0.0 a", "no-transaction")
        let down = try step(direction: .down)
        func cut(_ steps: [Step]) -> [Range<Int>] { steps.stretches { _ in false } }
        #expect(cut([]) == [])
        #expect(cut([plain]) == [0..<1])
        #expect(cut([plain, plain, plain]) == [0..<3])
        #expect(cut([plain, alone, plain, plain]) == [0..<1, 1..<2, 2..<4])
        #expect(cut([alone, alone]) == [0..<1, 1..<2])
        #expect(cut([plain, plain, down, down]) == [0..<2, 2..<4])
        #expect([plain, plain].stretches { _ in true } == [0..<1, 1..<2])
        #expect(
            [plain, plain, down, down].stretches { $0.direction == .up }
                == [0..<1, 1..<2, 2..<4])
    }

    @Test(arguments: UInt64(1)...200)
    func
        `every step is in exactly one stretch, in its order, and none that stands alone has company`(
            seed: UInt64
        ) throws
    {
        var generator = SeededGenerator(seed: seed)
        let kinds = try [
            step(), step(), step(direction: .down), step("1.0.0 a", "no-transaction"),
            step(action: .record),
        ]
        let steps = (0..<Int.random(in: 0...40, using: &generator)).map { _ in
            kinds.randomElement(using: &generator)!
        }
        let pauses = Bool.random(using: &generator)
        let stretches = steps.stretches { pauses && $0.direction == .down }
        #expect(stretches.flatMap(Array.init) == Array(steps.indices))
        for stretch in stretches {
            #expect(!stretch.isEmpty)
            let together = steps[stretch]
            #expect(Set(together.map(\.direction)).count == 1)
            if together.count > 1 { #expect(together.allSatisfy { $0.solitude == nil }) }
            if pauses, together.first?.direction == .down { #expect(together.count == 1) }
        }
        // No cut without a reason.
        for (left, right) in zip(stretches, stretches.dropFirst()) {
            let (last, first) = (steps[left.upperBound - 1], steps[right.lowerBound])
            #expect(
                last.solitude != nil || first.solitude != nil || last.direction != first.direction
                    || pauses && last.direction == .down)
        }
    }
}
