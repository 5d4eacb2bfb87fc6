public import ApusCore
import Foundation
public import SystemPackage

/// The folder of test files, beside the migrations. It need not be there.
public struct TestFolder: Sendable {
    public var path: FilePath
    public var dialect: DatabaseEngine

    public init(_ path: FilePath, dialect: DatabaseEngine) {
        self.path = path
        self.dialect = dialect
    }

    /// Every test file, by version and then name; files that do not end in `.sql`, and hidden ones,
    /// are left alone. Throws `test-file-invalid` with every problem of every file.
    public func read() throws(Diagnostics) -> [TestFile] {
        var files: [TestFile] = []
        var problems: [Diagnostic] = []
        for name in try names() {
            do throws(Diagnostics) {
                files.append(try file(named: name))
            } catch {
                problems += error.all
            }
        }
        if !problems.isEmpty { throw Diagnostics(problems) }
        return files.sorted { ($0.version, $0.name) < ($1.version, $1.name) }
    }

    private func names() throws(Diagnostics) -> [String] {
        guard FileManager.default.fileExists(atPath: path.string) else { return [] }
        do {
            return try FileManager.default.contentsOfDirectory(atPath: path.string)
                .filter { $0.lowercased().hasSuffix(".sql") && !$0.hasPrefix(".") }.sorted()
        } catch {
            throw Diagnostics([
                Diagnostic(.fileUnreadable, "the folder of tests \(path) cannot be read")
            ])
        }
    }

    private func file(named name: String) throws(Diagnostics) -> TestFile {
        let file = path.appending(name)
        guard let (version, title) = TestFile.parts(of: name) else {
            throw Diagnostics([
                Diagnostic(
                    .testFileInvalid, "\(name) does not say which version it tests",
                    at: SourceLocation(file: file.string, line: 1),
                    help: ["name it VERSION_NAME.sql, such as 1.2.0_guests_keep_their_rooms.sql"])
            ])
        }
        let source: MigrationSource
        do throws(Diagnostic) {
            source = try SourceReader.read(file)
        } catch {
            throw Diagnostics([error])
        }
        var parser = TestFileParser(
            version: version, name: title, source: source, dialect: dialect)
        return try parser.parse()
    }
}

extension [TestFile] {
    /// Refuses tests of versions that nobody knows. Throws `version-unknown`.
    func check(knowing versions: Set<SemanticVersion>) throws(Diagnostics) {
        let names = versions.sorted().map(\.description)
        let problems = filter { !versions.contains($0.version) }.map { file in
            Diagnostic(
                .versionUnknown, "there is no migration of version \(file.version) to test",
                at: SourceLocation(file: file.source.path, line: 1),
                hint: Suggestion.nearest(to: file.version.description, in: names).map {
                    "did you mean \($0)?"
                },
                help: ["name the file after a version that has migrations, or remove it"])
        }
        if !problems.isEmpty { throw Diagnostics(problems) }
    }
}
