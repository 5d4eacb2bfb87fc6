/// What a catalogue says about one version, or about all releases.
public struct Changelog: Hashable, Sendable {
    /// Newest first.
    public var releases: [Release]
    /// The entry of a version that is only planned.
    public var roadmap: [RoadmapEntry]
}

extension Catalogue {
    /// The releases newest first, or the one of a version, be it released or planned.
    ///
    /// Throws `version-unknown` with the nearest version that is there.
    public func changelog(of version: SemanticVersion?) throws(Diagnostic) -> Changelog {
        guard let version else { return Changelog(releases: releases.reversed(), roadmap: []) }
        if let release = release(version) { return Changelog(releases: [release], roadmap: []) }
        let planned = roadmap.filter { $0.version == version }
        if !planned.isEmpty { return Changelog(releases: [], roadmap: planned) }
        throw Self.unknown(
            version, "the catalogue has no release \(version)",
            among: releases.map(\.version) + roadmap.map(\.version))
    }

    /// A version that is not there, with the nearest one that is.
    static func unknown(
        _ version: SemanticVersion, _ message: String, among known: [SemanticVersion]
    ) -> Diagnostic {
        let names = known.map(\.description)
        return Diagnostic(
            .versionUnknown, message,
            hint: Suggestion.nearest(to: version.description, in: names)
                .map { "did you mean \($0)?" },
            details: names.isEmpty ? [] : ["versions: \(names.joined(separator: ", "))"],
            help: ["apus version changelog"])
    }
}
