import ApusCore
import Yams

/// The shape of a catalogue: which keys there are, and what must hold between their values.
struct CatalogueReader {
    private var yaml: YAMLReader

    init(_ source: YAMLSource) {
        yaml = YAMLReader(source)
    }

    var problems: [Diagnostic] {
        yaml.problems.sorted { left, right in
            guard let left = left.location, let right = right.location else { return false }
            return (left.line, left.column) < (right.line, right.column)
        }
    }

    mutating func catalogue(_ root: Node) -> Catalogue {
        let fields = yaml.fields(
            root, of: "the catalogue",
            keys: ["application", "database", "releases", "upgrade_paths", "roadmap"])
        let application = fields["application"].map {
            yaml.fields($0, of: "application", keys: ["version", "minimum_database"])
        }
        let database = yaml.version(fields["database"], of: "database")
        let releases = releases(fields["releases"], database: database)
        return Catalogue(
            applicationVersion: yaml.version(
                application?["version"], of: "the application's version"),
            minimumDatabase: minimumDatabase(application?["minimum_database"], database: database),
            database: database,
            releases: releases,
            upgradePaths: upgradePaths(fields["upgrade_paths"]),
            roadmap: roadmap(fields["roadmap"], releases: releases))
    }

    private mutating func minimumDatabase(
        _ node: Node?, database: SemanticVersion?
    ) -> SemanticVersion? {
        let minimum = yaml.version(node, of: "minimum_database")
        if let node, let minimum, let database, minimum > database {
            yaml.report("minimum_database \(minimum) is above database \(database)", at: node)
        }
        return minimum
    }

    private mutating func releases(_ node: Node?, database: SemanticVersion?) -> [Release] {
        var releases: [Release] = []
        for item in yaml.items(node, of: "releases") {
            let fields = yaml.fields(
                item, of: "a release",
                keys: [
                    "version", "date", "title", "features", "database", "minimum_application",
                    "breaking_changes", "upgrade_notes", "required_stop",
                ])
            let release = release(fields, at: item)
            if let release, let node = fields["version"] {
                if let first = releases.first(where: { $0.version == release.version }) {
                    yaml.report(
                        "release \(release.version) is described twice", at: node,
                        details: ["the first description is on line \(first.line)"])
                }
                releases.append(release)
            }
            if let built = release?.database, let node = fields["database"], let database,
                built > database
            {
                yaml.report(
                    "the release's database \(built) is above database \(database)", at: node,
                    hint: "raise the catalogue's `database`, or move the release to `roadmap`")
            }
        }
        return releases
    }

    private mutating func release(_ fields: [String: Node], at node: Node) -> Release? {
        let version = version(of: "a release", fields, at: node)
        let date = yaml.date(fields["date"], of: "a release's date")
        let title = yaml.text(fields["title"], of: "a release's title")
        let features = yaml.texts(fields["features"], of: "features")
        let database = yaml.version(fields["database"], of: "a release's database")
        let minimumApplication = yaml.version(
            fields["minimum_application"], of: "minimum_application")
        let breakingChanges = yaml.texts(fields["breaking_changes"], of: "breaking_changes")
        let upgradeNotes = yaml.texts(fields["upgrade_notes"], of: "upgrade_notes")
        let isRequiredStop = yaml.flag(fields["required_stop"], of: "required_stop") ?? false
        return version.map { version in
            Release(
                version: version, date: date, title: title, features: features,
                database: database, breakingChanges: breakingChanges, upgradeNotes: upgradeNotes,
                minimumApplication: minimumApplication, isRequiredStop: isRequiredStop,
                line: node.mark?.line ?? 0)
        }
    }

    private mutating func upgradePaths(_ node: Node?) -> UpgradePaths {
        var paths = UpgradePaths()
        for (key, value) in yaml.pairs(node, of: "upgrade_paths") {
            guard let from = yaml.version(key, of: "upgrade_paths") else { continue }
            // YAML itself refuses the same text twice, not the same version with other metadata.
            if paths.edges[from] != nil {
                yaml.report("upgrade_paths mentions \(from) twice", at: key)
            }
            paths.edges[from] = targets(value.isNothing ? nil : value, from: from)
        }
        return paths
    }

    private mutating func targets(_ node: Node?, from: SemanticVersion) -> [SemanticVersion] {
        var targets: [SemanticVersion] = []
        for item in yaml.items(node, of: "an upgrade path") {
            guard let to = yaml.version(item, of: "upgrade_paths") else { continue }
            if to == from {
                yaml.report("an upgrade path leads from \(from) to itself", at: item)
            } else if to < from {
                yaml.report(
                    "an upgrade path leads down from \(from) to \(to)", at: item,
                    hint: "the way down is a rollback, which needs no path")
            } else if targets.contains(to) {
                yaml.report("the upgrade path from \(from) to \(to) is written twice", at: item)
            }
            targets.append(to)
        }
        return targets
    }

    private mutating func roadmap(_ node: Node?, releases: [Release]) -> [RoadmapEntry] {
        var entries: [RoadmapEntry] = []
        for item in yaml.items(node, of: "roadmap") {
            let fields = yaml.fields(
                item, of: "a roadmap entry", keys: ["version", "title", "features"])
            let version = version(of: "a roadmap entry", fields, at: item)
            let title = yaml.text(fields["title"], of: "a roadmap entry's title")
            let features = yaml.texts(fields["features"], of: "features")
            guard let version, let node = fields["version"] else { continue }
            if entries.contains(where: { $0.version == version }) {
                yaml.report("\(version) is on the roadmap twice", at: node)
            } else if let release = releases.first(where: { $0.version == version }) {
                yaml.report(
                    "\(version) is on the roadmap and also released", at: node,
                    details: ["the release is on line \(release.line)"])
            }
            entries.append(RoadmapEntry(version: version, title: title, features: features))
        }
        return entries
    }

    private mutating func version(
        of owner: String, _ fields: [String: Node], at node: Node
    ) -> SemanticVersion? {
        // Without any field it was no map, which has been said already, or an empty one.
        if fields["version"] == nil, node.mapping != nil {
            yaml.report("\(owner) needs a version", at: node, hint: "write `version: 1.0.0`")
        }
        return yaml.version(fields["version"], of: "\(owner)'s version")
    }
}
