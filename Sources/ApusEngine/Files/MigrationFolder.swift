public import ApusCore
import Foundation
public import SystemPackage

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A folder of migration files for one kind of database.
///
/// Every `.sql` file directly inside is a migration; other files and hidden ones are left alone. An
/// ending that differs in letter case only (`.SQL`) is refused instead of passed over.
public struct MigrationFolder: Sendable {
    public var path: FilePath
    public var dialect: DatabaseEngine

    public init(_ path: FilePath, dialect: DatabaseEngine) {
        self.path = path
        self.dialect = dialect
    }

    /// Reads and parses every migration once, sorted by id.
    ///
    /// Throws ``Diagnostics`` with every problem of every file and, where the folder has a lock
    /// (`migrations.lock`), with everything that is not as it was locked.
    public func read() throws(Diagnostics) -> [Migration] {
        let survey = try survey()
        let problems = survey.problems + survey.lockFindings
        if !problems.isEmpty { throw Diagnostics(problems) }
        return survey.migrations
    }

    /// Reads every migration once, and tells the valid ones from the others.
    ///
    /// For what must work beside a broken or half-written file: looking, and undoing. Throws only
    /// where the folder itself cannot be read.
    ///
    /// - Parameter known: Files that need not be read where they are as they were.
    public func survey(knowing known: LookCache? = nil) throws(Diagnostics) -> FolderSurvey {
        var survey = try surveyFiles(knowing: known)
        do throws(Diagnostic) {
            if let lock = try lock() {
                survey.lockFindings = lock.findings(
                    survey.migrations, invalid: survey.invalid, path: lockPath.string)
            }
        } catch {
            survey.problems.append(error)
        }
        return survey
    }

    /// The migrations alone, without a look at the lock.
    func surveyFiles(knowing known: LookCache? = nil) throws(Diagnostics) -> FolderSurvey {
        let names = try fileNames()
        guard let known else { return surveyFiles(named: names, knowing: nil) }
        return known.survey(of: path, named: names) {
            surveyFiles(named: names, knowing: known)
        }
    }

    private func surveyFiles(named names: [String], knowing known: LookCache?) -> FolderSurvey {
        var survey = FolderSurvey()
        let read = names.concurrentMap { name -> Result<Migration, Diagnostics> in
            Result { () throws(Diagnostics) in try migration(named: name, knowing: known) }
        }
        for (name, result) in zip(names, read) {
            switch result {
            case .success(let migration): survey.migrations.append(migration)
            case .failure(let failure):
                survey.problems += failure.all
                if let id = MigrationID(String(name.dropLast(4))) { survey.invalid.insert(id) }
            }
        }
        if !names.allSatisfy(Self.isItsOwn) {
            survey.problems += Self.duplicates(survey.migrations)
            // Two names that Unicode takes for one are one id: nothing below may meet it twice.
            var seen: Set<MigrationID> = []
            survey.migrations.removeAll { !seen.insert($0.id).inserted }
        }
        survey.migrations.sort { $0.id < $1.id }
        return survey
    }

    /// The names of the migration files, sorted.
    public func fileNames() throws(Diagnostics) -> [String] {
        do {
            return try FileManager.default.contentsOfDirectory(atPath: path.string)
                .filter(Self.isMigration).sorted()
        } catch {
            let exists = FileManager.default.fileExists(atPath: path.string)
            throw Diagnostics([
                Diagnostic(
                    .folderNotFound,
                    exists
                        ? "the migrations folder \(path) cannot be read"
                        : "there is no migrations folder at \(path)",
                    help: exists
                        ? []
                        : ["apus init makes one; --migrations FOLDER names another"])
            ])
        }
    }

    /// Whether a file is one, as its name goes; also where its ending is in other letters.
    private static func isMigration(_ name: String) -> Bool {
        name.utf8.first != UInt8(ascii: ".") && name.suffix(4).lowercased() == ".sql"
    }

    private func migration(
        named name: String, knowing known: LookCache?
    ) throws(Diagnostics) -> Migration {
        let file = path.appending(name)
        do throws(Diagnostic) {
            try checkInside(file)
        } catch {
            throw Diagnostics([error])
        }
        func parsed() throws(Diagnostics) -> Migration {
            let source: MigrationSource
            do throws(Diagnostic) {
                source = try SourceReader.read(file)
            } catch {
                throw Diagnostics([error])
            }
            return try MigrationParser(dialect: dialect).parse(source: source, fileName: name)
        }
        guard let known else { return try parsed() }
        return try known.migration(file, parse: parsed)
    }

    /// A symbolic link may point to another file of the folder, and nowhere else.
    func checkInside(_ file: FilePath) throws(Diagnostic) {
        guard isSymbolicLink(file) else { return }
        let folder = URL(filePath: path.string).resolvingSymlinksInPath().path
        let real = URL(filePath: file.string).resolvingSymlinksInPath().path
        guard real.hasPrefix(folder + "/") else {
            throw Diagnostic(
                .pathEscapesFolder, "\(file) is a link that leads out of the migrations folder",
                at: SourceLocation(file: file.string, line: 1),
                help: ["put the file itself into the folder"])
        }
    }

    /// Whether nobody takes another name for this one: there is nothing in it that can be written in
    /// two ways.
    private static func isItsOwn(_ name: String) -> Bool {
        name.utf8.allSatisfy { byte in
            byte < 0x80 && byte != UInt8(ascii: "+")
                && !(UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
        }
    }

    /// Ids that a file system, or a reader, would take for the same.
    private static func duplicates(_ migrations: [Migration]) -> [Diagnostic] {
        let names = migrations.map { migration in
            let id = migration.id
            let version = id.version.description.prefix { $0 != "+" }
            let name = "\(id.timestamp)_\(version)_\(id.name)"
            return name.utf8.allSatisfy { $0 < 0x80 }
                ? name.lowercased() : name.precomposedStringWithCanonicalMapping.lowercased()
        }
        guard Set(names).count < names.count else { return [] }
        let groups = Dictionary(grouping: zip(names, migrations), by: \.0)
            .mapValues { $0.map(\.1) }
        return groups.values.filter { $0.count > 1 }.flatMap { group in
            group.map { migration in
                Diagnostic(
                    .duplicateID, "\(migration.id) is there \(group.count) times",
                    at: SourceLocation(file: migration.source.path, line: 1),
                    details: group.map { "file: \($0.source.path)" }.sorted(),
                    help: ["keep one of them"])
            }
        }.sorted { ($0.location?.file ?? "") < ($1.location?.file ?? "") }
    }
}

func isSymbolicLink(_ file: FilePath) -> Bool {
    var found = stat()
    return lstat(file.string, &found) == 0 && found.st_mode & S_IFMT == S_IFLNK
}
