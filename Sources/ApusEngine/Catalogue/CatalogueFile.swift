public import ApusCore
import Foundation

/// Reads `versions.yaml`, the file in which a project declares its versions.
///
/// ```yaml
/// application: { version: 1.0.0, minimum_database: 1.0.0 }
/// database: 1.1.0
/// releases:
///   - version: 1.1.0
///     date: 2025-01-15
///     title: Faster lists
///     features: [Indexes for the frequent queries]
///     database: 1.1.0
///     minimum_application: 1.0.0
///     breaking_changes: []
///     upgrade_notes: []
///     required_stop: false
/// upgrade_paths:
///   1.0.0: [1.1.0]
/// roadmap:
///   - { version: 2.0.0, title: Major architecture, features: [] }
/// ```
public enum CatalogueFile {
    /// Turns the text of a catalogue into its value.
    ///
    /// Every key may be left out or left empty, except a release's and a roadmap entry's version.
    ///
    /// - Parameter path: The file as diagnostics name it.
    /// - Throws: `Diagnostics` with every problem found, in the order of their lines, each with the
    ///   code ``DiagnosticCode/catalogueInvalid``.
    public static func parse(_ text: String, path: String) throws(Diagnostics) -> Catalogue {
        let source = YAMLSource(text, path: path)
        guard let root = try source.compose(), !root.isNothing else { return .empty }
        var reader = CatalogueReader(source)
        let catalogue = reader.catalogue(root)
        let problems = reader.problems
        guard problems.isEmpty else { throw Diagnostics(problems) }
        return catalogue
    }
}

extension CatalogueFile {
    /// Reads a catalogue's file. Throws `file-unreadable` or ``parse(_:path:)``'s errors.
    public static func read(_ path: String) throws(Diagnostics) -> Catalogue {
        guard let data = FileManager.default.contents(atPath: path),
            let text = String(data: data, encoding: .utf8)
        else {
            throw Diagnostics([
                Diagnostic(
                    .fileUnreadable, "the catalogue \(path) cannot be read as UTF-8 text",
                    at: SourceLocation(file: path, line: 1))
            ])
        }
        return try parse(text, path: path)
    }
}
