import ApusEngine
import ApusSQLite
import ApusTesting
import Testing

@Suite struct `SQLite conforms` {
    /// Keeps the folders until the behaviour is checked.
    private actor Databases {
        private var all: [String: TemporaryDatabase] = [:]

        func make() throws -> SQLiteDriver {
            let database = try TemporaryDatabase()
            all[database.path] = database
            return database.driver
        }

        func value(_ sql: String, at path: String) throws -> String? {
            // Also of what was restored beside one of them.
            try TemporaryDatabase.value(sql, at: path)
        }
    }

    @Test(.timeLimit(.minutes(5)), arguments: DriverConformance.Behaviour.allCases)
    func behaviour(_ behaviour: DriverConformance.Behaviour) async throws {
        let databases = Databases()
        try await DriverConformance.check(
            behaviour, makeDriver: { try await databases.make() },
            query: { try await databases.value($1, at: $0.target.location) })
    }
}
