import ApusCore
import ApusEngine

/// A diagnostic as JSON.
struct DiagnosticDocument: Encodable {
    var code: String
    var severity: String
    var message: String
    var file: String?
    var line: Int?
    var column: Int?
    var hint: String?
    var details: [String]
    var state: String?
    var help: [String]

    init(_ diagnostic: Diagnostic) {
        code = diagnostic.code.rawValue
        severity = diagnostic.severity.rawValue
        message = diagnostic.message
        file = diagnostic.location?.file
        line = diagnostic.location?.line
        column = diagnostic.location?.column
        hint = diagnostic.hint
        details = diagnostic.details
        state = diagnostic.state
        help = diagnostic.help
    }
}

struct CompatibilityDocument: Encodable {
    var verdict: String
    var compatible: Bool
    var reasons: [String]

    init(_ compatibility: Compatibility) {
        verdict = compatibility.verdict.rawValue
        compatible = compatibility.isCompatible
        reasons = compatibility.reasons
    }
}

struct ReleaseDocument: Encodable {
    var version: String
    var date: String?
    var title: String?
    var features: [String]
    var database: String?
    var minimumApplication: String?
    var breakingChanges: [String]
    var upgradeNotes: [String]
    var requiredStop: Bool
    /// Whether it is planned, and not yet released.
    var planned: Bool

    init(_ release: Release) {
        version = release.version.description
        date = release.date?.description
        title = release.title
        features = release.features
        database = release.database?.description
        minimumApplication = release.minimumApplication?.description
        breakingChanges = release.breakingChanges
        upgradeNotes = release.upgradeNotes
        requiredStop = release.isRequiredStop
        planned = false
    }

    init(_ entry: RoadmapEntry) {
        version = entry.version.description
        title = entry.title
        features = entry.features
        breakingChanges = []
        upgradeNotes = []
        requiredStop = false
        planned = true
    }
}
