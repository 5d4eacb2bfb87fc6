import ApusCore
import ApusEngine

/// `apus version info`, for people.
struct VersionInfoText {
    let state: DatabaseState
    let catalogue: Catalogue
    let console: Console

    func print() {
        fact("database", Wording.version(state.version))
        fact("application", state.application?.description ?? "not declared")
        fact("application needs", state.minimumDatabase.map { "database \($0) or later" })
        fact(
            "database serves",
            state.history.minimumApplication.map { "application \($0) or later" })
        fact("compatibility", state.compatibility.verdict.phrase)
        fact(
            "pending",
            state.pending.isEmpty
                ? "nothing" : state.pending.map(\.id.title).joined(separator: ", "))
        let text = ReleaseText(console: console)
        if let release = state.version.flatMap(catalogue.release) {
            console.print()
            text.print(release)
        }
        if !catalogue.roadmap.isEmpty {
            console.print()
            text.print(catalogue.roadmap)
        }
        console.print("Next: \(state.pending.isEmpty ? "apus version changelog" : "apus plan")")
    }

    private func fact(_ name: String, _ value: String?) {
        guard let value else { return }
        console.answer("\(Wording.padded(name, 17))  \(value)")
    }
}

extension Compatibility.Verdict {
    /// `database too old`
    var phrase: String { rawValue.replacing("-", with: " ") }
}
