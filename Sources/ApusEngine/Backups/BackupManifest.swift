import ApusCore
import Foundation

/// The JSON document that lies beside each backup (FORMATS.md, "backup manifest").
struct BackupManifest: Codable, Hashable {
    /// The document's version.
    var format = 1
    var file: String
    var bytes: Int64
    var sha256: String
    var takenAt: String
    var durationSeconds: Double
    var engine: String
    var database: String
    var server: String
    var tool: String
    var databaseVersion: String?
    var run: Int64?
    /// The file was read back in full after it was written.
    var verified: Bool
    var tables: [Table]

    struct Table: Codable, Hashable {
        var name: String
        var rows: Int64
    }

    func encoded() throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        encoder.keyEncodingStrategy = .convertToSnakeCase
        return [UInt8](try encoder.encode(self)) + [0x0A]
    }

    static func decoded(_ data: Data) throws -> BackupManifest {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(BackupManifest.self, from: data)
    }
}
