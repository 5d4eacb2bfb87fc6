import ApusCore
import ApusEngine
import Foundation
import Hummingbird
import Logging
import NIOCore
import SystemPackage

/// Sends a backup's file. Whoever gets it has all data: it needs its own role, and is audited.
enum BackupDownload {
    static func response(_ entry: BackupEntry, _ exchange: Exchange) async throws -> Response {
        let site = exchange.site
        guard let folder = site.migrator.backups?.folder else { throw Problem.notFound }
        let path = folder.appending(entry.name).string
        guard isFile(entry, site) else {
            throw Problem(
                .notFound, "That backup is no single file here",
                detail: "A folder, or what a command of yours took, is fetched where it lies.")
        }
        guard let file = FileHandle(forReadingAtPath: path) else {
            throw Problem(.notFound, "The backup's file is gone")
        }
        let audit = try await site.migrator.recordIntent(
            AuditIntent(
                person: exchange.visitor?.name ?? "", address: exchange.address,
                action: "download-backup", subject: entry.name))
        exchange.logger.notice(
            "a backup is downloaded",
            metadata: ["backup": "\(entry.name)", "by": "\(exchange.visitor?.name ?? "")"])
        return Response(
            status: .ok,
            headers: [
                .contentType: "application/octet-stream",
                .contentDisposition: "attachment; filename=\"\(fileName(entry.name))\"",
            ],
            body: ResponseBody(contentLength: Int(entry.bytes)) { writer in
                defer { try? file.close() }
                var left = Int(entry.bytes)
                while left > 0, let data = try file.read(upToCount: min(left, 1 << 18)),
                    !data.isEmpty
                {
                    try await writer.write(ByteBuffer(bytes: data))
                    left -= data.count
                }
                try await site.migrator.recordOutcome(of: audit, "done", run: nil)
                try await writer.finish(nil)
            })
    }

    /// Whether it is one file in the folder: not a folder itself, not a link, not somewhere else.
    static func isFile(_ entry: BackupEntry, _ site: Site) -> Bool {
        guard let path = site.migrator.backups?.folder.appending(entry.name).string,
            // What cannot be looked at is not offered.
            let attributes = try? FileManager.default.attributesOfItem(atPath: path)
        else { return false }
        return attributes[.type] as? FileAttributeType == .typeRegular
    }

    /// Without what would end the header's quotes.
    private static func fileName(_ name: String) -> String {
        String(
            name.unicodeScalars.filter { $0.isASCII && $0 != "\"" && $0 != "\\" && $0.value > 31 }
                .map(Character.init))
    }
}
