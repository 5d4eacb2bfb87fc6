import ApusTesting
import Testing

@Suite struct `The driver in memory conforms` {
    @Test(.timeLimit(.minutes(5)), arguments: InMemoryDriver.conformance)
    func behaviour(_ behaviour: DriverConformance.Behaviour) async throws {
        try await DriverConformance.check(
            behaviour, makeDriver: { InMemoryDriver.forConformance() }, query: nil)
    }
}
