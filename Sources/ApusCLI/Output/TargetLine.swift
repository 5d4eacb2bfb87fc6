import ApusCore
import ApusEngine

extension Project {
    /// The first line of every report: which database, and where that setting came from.
    func targetLine(_ target: DatabaseTarget, product: String) -> String {
        let source = settings[.databaseURL]?.source ?? "default"
        let place =
            target.name == target.location ? target.name : "\(target.name) @ \(target.location)"
        return "\(place) · \(product) · \(environment) (from \(source))"
    }
}

extension Project {
    /// Asks for an outlook and prints the target above whatever comes of it: with the server's version
    /// where it answered.
    func outlook(_ migrator: Migrator, _ goal: Goal, isQuiet: Bool = false)
        async throws(Diagnostics) -> Outlook
    {
        func printTarget(_ product: String) {
            if !isQuiet { console.print(targetLine(migrator.driver.target, product: product)) }
        }
        do throws(Diagnostics) {
            let outlook = try await migrator.outlook(goal)
            printTarget(outlook.facts.product)
            return outlook
        } catch {
            printTarget(migrator.driver.engine.displayName)
            throw error
        }
    }
}

extension Project {
    /// Reads where the database stands and prints the target above whatever comes of it.
    func state(_ migrator: Migrator) async throws(Diagnostics) -> DatabaseState {
        do throws(Diagnostics) {
            let state = try await migrator.state()
            console.print(targetLine(state.target, product: state.facts.product))
            return state
        } catch {
            announce(migrator)
            throw error
        }
    }

    /// Prints the target's line before anything is asked of the database.
    func announce(_ migrator: Migrator) {
        console.print(
            targetLine(migrator.driver.target, product: migrator.driver.engine.displayName))
    }
}
