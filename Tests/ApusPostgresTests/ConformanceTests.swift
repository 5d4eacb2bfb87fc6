import ApusEngine
import ApusPostgres
import ApusTesting
import Foundation
import Testing

@Suite(.enabled(if: TestServer.areExpected, "no servers: run scripts/postgres-up"))
struct ConformanceTests {
    @Test(
        .timeLimit(.minutes(2)), arguments: TestServer.versions,
        DriverConformance.Behaviour.allCases)
    func `the driver conforms`(
        server: TestServer, behaviour: DriverConformance.Behaviour
    ) async throws {
        try await Databases.with(server) { databases in
            try await DriverConformance.check(
                behaviour,
                makeDriver: { try await databases.make().driver() },
                query: { driver, sql in
                    try await aside {
                        try databases.named(driver.target.name).run(sql).first ?? nil
                    }
                })
        }
    }
}
