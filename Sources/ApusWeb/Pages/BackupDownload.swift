import ApusCore
import ApusEngine
import Foundation
import Hummingbird
import Logging
import NIOCore
import NIOPosix
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
        let headers: HTTPFields = [
            .contentType: "application/octet-stream",
            .contentDisposition: "attachment; filename=\"\(fileName(entry.name))\"",
        ]
        // Asking for the head alone takes nothing away, and is no download.
        guard exchange.request.method == .get else {
            return Response(status: .ok, headers: headers)
        }
        guard let file = FileHandle(forReadingAtPath: path) else {
            throw Problem(.notFound, "The backup's file is gone")
        }
        let audit = try await site.migrator.recordIntent(
            AuditIntent(
                person: exchange.visitor?.name ?? "", address: exchange.address,
                action: "download-backup", subject: entry.name))
        let logger = exchange.logger
        logger.notice(
            "a backup is downloaded",
            metadata: ["backup": "\(entry.name)", "by": "\(exchange.visitor?.name ?? "")"])
        return Response(
            status: .ok, headers: headers,
            body: ResponseBody(contentLength: Int(entry.bytes)) { writer in
                defer { try? file.close() }
                do {
                    try await send(file, Int(entry.bytes), to: &writer)
                } catch {
                    await note(error is Short ? "incomplete" : "aborted", audit, site, logger)
                    throw error
                }
                await note("done", audit, site, logger)
                try await writer.finish(nil)
            })
    }

    /// The file ended before the length that was promised.
    private struct Short: Error {}

    private static func send(
        _ file: FileHandle, _ length: Int, to writer: inout any ResponseBodyWriter
    ) async throws {
        var left = length
        while left > 0 {
            // A disk that is slow keeps a thread of its own waiting, not those that answer others.
            let count = min(left, 1 << 18)
            let data = try await NIOThreadPool.singleton.runIfActive {
                try file.read(upToCount: count)
            }
            guard let data, !data.isEmpty else { throw Short() }
            try await writer.write(ByteBuffer(bytes: data))
            left -= data.count
        }
    }

    /// Writes what came of it, also where the client is gone and the request was cancelled with it.
    private static func note(
        _ outcome: String, _ audit: AuditID, _ site: Site, _ logger: Logger
    ) async {
        await Task {
            do throws(Diagnostics) {
                try await site.migrator.recordOutcome(of: audit, outcome, run: nil)
            } catch {
                logger.error(
                    "the outcome could not be audited",
                    metadata: ["reason": "\(error.all[0].message)"])
            }
        }.value
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
