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
