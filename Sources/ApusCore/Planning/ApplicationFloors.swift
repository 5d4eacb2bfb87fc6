/// The lowest application version that each migration leaves room for, from its own
/// `minimum-application` or from the catalogue's release.
struct ApplicationFloors {
    private let listed: [SemanticVersion: SemanticVersion]

    init(_ catalogue: Catalogue) {
        listed = Dictionary(
            catalogue.releases.compactMap { release in
                release.minimumApplication.map { (release.version, $0) }
            }, uniquingKeysWith: max)
    }

    /// The file's own goes first.
    func floor(of migration: Migration) -> SemanticVersion? {
        migration.minimumApplication ?? listed[migration.id.version]
    }

    /// What a file declares as its floor must be what the catalogue declares.
    func check(_ migrations: [Migration]) throws(Diagnostics) {
        let problems = migrations.compactMap { migration -> Diagnostic? in
            guard let own = migration.minimumApplication, let listed = listed[migration.id.version],
                own != listed
            else { return nil }
            return Diagnostic(
                .catalogueInvalid,
                "\(migration.id.title) declares minimum-application \(own), the catalogue says \(listed) for release \(migration.id.version)",
                at: SourceLocation(file: migration.source.path, line: 1),
                help: ["make the directive and the catalogue agree"])
        }
        if !problems.isEmpty { throw Diagnostics(problems) }
    }
}
