import ApusCore
import Foundation

/// The JSON document that lies beside each backup (FORMATS.md, "Backups").
struct BackupManifest: Codable, Hashable {
    /// The document's version; 1 is still read.
    var format = 2
    var file: String
    /// `dump` or `command`; format 1 has none and means `dump`.
    var provider: String?
    var bytes: Int64
    /// Absent where a command of the user's wrote elsewhere.
    var sha256: String?
    /// Of a backup that is a folder: its files.
    var files: [Part]?
    var takenAt: String
    var durationSeconds: Double
    var engine: String
    var database: String
    /// Where the database was, without secrets.
    var location: String?
    var server: String
    var tool: String
    var databaseVersion: String?
    var run: Int64?
    /// The backup was proven readable after it was written.
    var verified: Bool
    /// How large the database was.
    var databaseBytes: Int64?
    var properties: [Property]?
    var tables: [Table]
    /// The schema, as FORMATS.md, "Schema documents", states it.
    var schema: SchemaSnapshot?
    /// What the user's command said.
    var command: CommandOutcome?
    /// SHA-256 of this document without this key, as compact JSON with sorted keys.
    var digest: String?

    private enum CodingKeys: String, CodingKey {
        case format, file, provider, bytes, sha256, files
        case takenAt = "taken_at"
        case durationSeconds = "duration_seconds"
        case engine, database, location, server, tool
        case databaseVersion = "database_version"
        case run, verified
        case databaseBytes = "database_bytes"
        case properties, tables, schema, command, digest
    }

    struct Table: Codable, Hashable {
        var name: String
        var rows: Int64
    }

    struct Part: Codable, Hashable {
        var name: String
        var bytes: Int64
        var sha256: String
    }

    struct Property: Codable, Hashable {
        var name: String
        var value: String
    }

    /// The document with its own digest.
    func encoded() throws -> [UInt8] {
        var sealed = self
        sealed.digest = try ownDigest.hex
        let encoder = Self.encoder
        encoder.outputFormatting.insert(.prettyPrinted)
        return [UInt8](try encoder.encode(sealed)) + [0x0A]
    }

    var ownDigest: Checksum {
        get throws {
            var bare = self
            bare.digest = nil
            return Checksum(of: String(decoding: try Self.encoder.encode(bare), as: UTF8.self))
        }
    }

    /// Throws for what is no manifest, was changed since it was written, or comes from a later Apus.
    static func decoded(_ data: Data) throws -> BackupManifest {
        let manifest = try JSONDecoder().decode(BackupManifest.self, from: data)
        switch manifest.format {
        case 1: break
        case 2 where try manifest.digest == manifest.ownDigest.hex: break
        case 2: throw Problem.changed
        default: throw Problem.newer(manifest.format)
        }
        return manifest
    }

    enum Problem: Error, Hashable {
        case changed
        case newer(Int)
    }

    private static var encoder: JSONEncoder {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return encoder
    }
}
