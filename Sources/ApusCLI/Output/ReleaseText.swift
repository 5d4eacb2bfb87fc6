import ApusCore

/// What the catalogue says about releases, for people.
struct ReleaseText {
    let console: Console

    func print(_ release: Release) {
        let head = [
            release.version.description, release.title, release.date.map { "released \($0)" },
            release.isRequiredStop ? "required stop" : nil,
        ]
        console.answer(
            console.paint(head.compactMap(\.self).joined(separator: " · "), .strong))
        let needs = [
            release.database.map { "database \($0)" },
            release.minimumApplication.map { "application \($0) or later" },
        ].compactMap(\.self)
        if !needs.isEmpty { console.answer("  \(needs.joined(separator: ", "))") }
        list("Features", release.features, "·", .faint)
        list("Breaking changes", release.breakingChanges, "!", .warning)
        list("Upgrade notes", release.upgradeNotes, "·", .faint)
    }

    func print(_ roadmap: [RoadmapEntry]) {
        console.answer(console.paint("Roadmap", .strong))
        for entry in roadmap {
            console.answer(
                "  \([entry.version.description, entry.title].compactMap(\.self).joined(separator: " · "))"
            )
            for feature in entry.features {
                console.print("    \(console.paint("·", .faint)) \(feature)")
            }
        }
    }

    private func list(_ title: String, _ items: [String], _ glyph: String, _ role: Console.Role) {
        guard !items.isEmpty else { return }
        console.answer("  \(title)")
        for item in items { console.answer("    \(console.paint(glyph, role)) \(item)") }
    }
}
