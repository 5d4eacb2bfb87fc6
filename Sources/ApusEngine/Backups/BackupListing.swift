public import ApusCore
import Foundation
import SystemPackage

/// A backup in the folder, as its manifest describes it.
public struct BackupEntry: Hashable, Sendable {
    public var name: String
    public var path: String
    public var bytes: Int64
    public var takenAt: String
    public var databaseVersion: String?
    public var run: Int64?
    public var engine: String
    public var database: String
    /// `dump`, or `command` for one that a command of the user's took.
    public var provider: String
    /// It was proven readable when it was taken.
    public var isVerified: Bool
    /// Why it cannot be trusted: no manifest, another size; `nil` where nothing speaks against it.
    public var problem: String?
    /// Where the database was; `nil` where the manifest does not say.
    var location: String?
    /// How large the database was.
    var databaseBytes: Int64?
    /// This user may not read its manifest: it may well be good.
    public internal(set) var isUnreadable = false
    /// Its bytes lie here, not where a command of the user's put them.
    public internal(set) var isHere = true

    /// Whether it may be counted on, as far as can be said without reading it.
    public var isSound: Bool { isVerified && problem == nil }
}

extension BackupStore {
    /// What lies in the folder, newest first. Files being written are never listed.
    public func list() throws(Diagnostics) -> [BackupEntry] {
        guard FileManager.default.fileExists(atPath: folder.string) else { return [] }
        let names: [String]
        do {
            names = try FileManager.default.contentsOfDirectory(atPath: folder.string)
        } catch {
            throw Diagnostics([
                Diagnostic(.fileUnreadable, "the backup folder \(folder) cannot be read")
            ])
        }
        let present = Set(names)
        return names.filter { $0.hasSuffix(".json") }
            .map { String($0.dropLast(5)) }
            .filter { !present.contains("\($0).partial") }
            .compactMap { entry($0, isHere: present.contains($0) || exists($0)) }
            .map { ($0, modified($0.name)) }
            .sorted { ($0.0.takenAt, $0.1, $0.0.name) > ($1.0.takenAt, $1.1, $1.0.name) }
            .map(\.0)
    }

    /// Those of one database.
    package func list(
        of engine: DatabaseEngine, _ target: DatabaseTarget
    ) throws(Diagnostics) -> [BackupEntry] {
        try list().filter {
            $0.engine == engine.rawValue && $0.database == target.name
                && $0.location.map { $0 == target.location } ?? true
        }
    }

    /// What the last good backup of a database took; `nil` where there is none.
    func latestRatio(of engine: DatabaseEngine, _ target: DatabaseTarget) -> BackupSpace.Ratio? {
        // A folder that cannot be read says so in a moment, when it is written to.
        let last = (try? list(of: engine, target))?.first { $0.isSound && $0.isHere }
        guard let last, let size = last.databaseBytes else { return nil }
        return .init(backup: last.bytes, database: size)
    }

    /// One backup by its name. Throws `backupUnknown` with the nearest.
    func entry(named name: String) throws(Diagnostics) -> BackupEntry {
        let entries = try list()
        if let found = entries.first(where: { $0.name == name }) { return found }
        let nearest = Suggestion.nearest(to: name, in: entries.map(\.name))
        throw Diagnostics([
            Diagnostic(
                .backupUnknown, "there is no backup \"\(name)\" in \(folder)",
                hint: nearest.map { "did you mean \"\($0)\"?" }, help: ["apus backup list"])
        ])
    }

    /// When the manifest was written: tells backups of the same second apart.
    private func modified(_ name: String) -> Date {
        let path = manifestPath(of: name).string
        let attributes = try? FileManager.default.attributesOfItem(atPath: path)
        return attributes?[.modificationDate] as? Date ?? .distantPast
    }

    /// Whether the backup has got its name since the folder was read.
    private func exists(_ name: String) -> Bool {
        FileManager.default.fileExists(atPath: folder.appending(name).string)
    }

    /// `nil` for a document that is no manifest.
    private func entry(_ name: String, isHere: Bool) -> BackupEntry? {
        let path = folder.appending(name)
        let size = isHere ? Self.size(of: path) : 0
        let manifest: BackupManifest
        do {
            manifest = try self.manifest(of: name)
        } catch {
            guard isHere else { return nil }
            var entry = BackupEntry(
                name: name, path: path.string, bytes: size, takenAt: "", engine: "", database: "",
                provider: "dump", isVerified: false, problem: Self.describe(error))
            entry.isUnreadable = Self.isForbidden(error)
            return entry
        }
        return BackupEntry(
            name: name, path: path.string, bytes: size, takenAt: manifest.takenAt,
            databaseVersion: manifest.databaseVersion, run: manifest.run, engine: manifest.engine,
            database: manifest.database, provider: manifest.provider ?? "dump",
            isVerified: manifest.verified,
            problem: !isHere && manifest.sha256 != nil
                ? "its file is gone"
                : size == manifest.bytes
                    ? nil : "it has \(size) bytes instead of \(manifest.bytes)",
            location: manifest.location, databaseBytes: manifest.databaseBytes, isHere: isHere)
    }

    private static func describe(_ error: any Error) -> String {
        switch error as? BackupManifest.Problem {
        case .changed: "its manifest was changed since it was written"
        case .newer(let format): "its manifest has format \(format), of a later Apus"
        case nil:
            isForbidden(error)
                ? "this user may not read its manifest" : "its manifest cannot be read"
        }
    }

    private static func isForbidden(_ error: any Error) -> Bool {
        (error as? CocoaError)?.code == .fileReadNoPermission
    }

    /// Of a folder, all its files together.
    private static func size(of path: FilePath) -> Int64 {
        do throws(Errno) {
            guard path.isFolder else { return try DurableFile.size(of: path) }
            var size: Int64 = 0
            for name in try DurableFile.names(in: path) {
                size += try DurableFile.size(of: path.appending(name))
            }
            return size
        } catch {
            // Whatever cannot be read does not have the size that it should have.
            return -1
        }
    }
}
