import ApusCore
import Foundation
import SystemPackage
import Testing

@testable import ApusEngine

/// What is remembered of files for those who look again and again.
@Suite struct `Parsed files` {
    private let folder: MigrationFolder
    private let file: FilePath

    init() throws {
        let path = FilePath(NSTemporaryDirectory()).appending("apus-parsed-\(UUID().uuidString)")
        try FileManager.default.createDirectory(
            atPath: path.string, withIntermediateDirectories: true)
        folder = MigrationFolder(path, dialect: .sqlite)
        file = path.appending("20250101_000000_1.0.0_houses.sql")
    }

    private func write(_ up: String, at moment: Date? = nil) throws {
        try "-- Up Migration\n\(up)\n-- Down Migration (Rollback)\nSELECT 1;\n".write(
            toFile: file.string, atomically: false, encoding: .utf8)
        if let moment {
            try FileManager.default.setAttributes(
                [.modificationDate: moment], ofItemAtPath: file.string)
        }
    }

    private func up(_ known: LookCache) throws -> String {
        let survey = try folder.survey(knowing: known)
        let migration = try #require(survey.migrations.first)
        return String(decoding: migration.source.bytes(0..<migration.source.count), as: UTF8.self)
    }

    /// Where its bytes lie in memory.
    private func place(of migration: Migration) -> UInt {
        migration.source.withBytes { UInt(bitPattern: $0.baseAddress) }
    }

    @Test func `a file that is written again within the same moment is read again`() throws {
        let known = LookCache()
        let moment = Date(timeIntervalSince1970: 1_700_000_000)
        for value in 1...50 {
            // As long as before, and with the same time of writing.
            try write("SELECT \(100 + value);", at: moment)
            #expect(try up(known).contains("SELECT \(100 + value);"))
        }
    }

    @Test func `a file that nobody touched for a while is not read again`() throws {
        let known = LookCache(settledFor: .zero)
        try write("SELECT 1;")
        let first = try folder.survey(knowing: known).migrations
        let again = try #require(try folder.survey(knowing: known).migrations.first)
        let place = first.first.map(place(of:))
        #expect(place == self.place(of: again))
        let other = try #require(try folder.survey().migrations.first)
        #expect(place != self.place(of: other))
        try write("SELECT 2;")
        #expect(try up(known).contains("SELECT 2;"))
    }

    @Test func `a file that was taken away is gone, and one that came is there`() throws {
        let known = LookCache(settledFor: .zero)
        try write("SELECT 1;")
        _ = try folder.survey(knowing: known)
        try FileManager.default.removeItem(atPath: file.string)
        #expect(try folder.survey(knowing: known).migrations.isEmpty)
        try write("SELECT 3;")
        #expect(try up(known).contains("SELECT 3;"))
    }
}
