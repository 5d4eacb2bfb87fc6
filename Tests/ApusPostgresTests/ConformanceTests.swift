import ApusEngine
import ApusPostgres
import ApusTesting
import Foundation
import Testing

@Suite(.enabled(if: TestServer.areExpected, "no servers: run scripts/postgres-up"), .serialized)
struct ConformanceTests {
    @Test(
        .timeLimit(.minutes(2)), arguments: TestServer.versions,
        DriverConformance.Behaviour.allCases)
    func `the driver conforms`(
        server: TestServer, behaviour: DriverConformance.Behaviour
    ) async throws {
        let databases = Databases(server)
        defer { databases.drop() }
        try await DriverConformance.check(
            behaviour,
            makeDriver: { try databases.make().driver() },
            query: { driver, sql in
                try databases.named(driver.target.name).run(sql).first ?? nil
            })
    }
}
