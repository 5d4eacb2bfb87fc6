import ApusCore
import Foundation
import SystemPackage

/// What identifies a backup's bytes: size and SHA-256, of a file or of every file of a folder.
struct BackupSeal: Hashable {
    var bytes: Int64
    /// Of a file: of its bytes. Of a folder: of the lines `SHA256  NAME` of its files, sorted by the
    /// bytes of their names, as `sha256sum *` prints them in the C locale.
    var checksum: Checksum
    /// Of a folder: its files, in that order.
    var parts: [BackupManifest.Part] = []

    /// Reads everything. `progress` gets the bytes read and how many there are.
    init(
        of path: FilePath, progress: @escaping (Int64, Int64) -> Void = { _, _ in }
    ) throws(Errno) {
        guard path.isFolder else {
            let size = try DurableFile.size(of: path)
            let digest = try DurableFile.digest(of: path) { progress($0, size) }
            (checksum, bytes) = (digest.0, digest.1)
            return
        }
        let names = try DurableFile.names(in: path)
        var total: Int64 = 0
        for name in names { total += try DurableFile.size(of: path.appending(name)) }
        var done: Int64 = 0
        for name in names {
            let digest = try DurableFile.digest(of: path.appending(name)) { [done] in
                progress(done + $0, total)
            }
            done += digest.1
            parts.append(.init(name: name, bytes: digest.1, sha256: digest.0.hex))
        }
        bytes = done
        checksum = Checksum(of: parts.map { "\($0.sha256)  \($0.name)\n" }.joined())
    }

    /// How a backup differs from what its manifest says of it; `nil` where it is the one.
    func difference(from manifest: BackupManifest) -> String? {
        if manifest.bytes == bytes, manifest.sha256 == checksum.hex { return nil }
        let expected = Dictionary(
            (manifest.files ?? []).map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        let found = Set(parts.map(\.name))
        var lines = [
            "manifest: \(manifest.bytes) bytes, sha256 \(manifest.sha256?.prefix(12) ?? "none")…; found: \(bytes) bytes, sha256 \(checksum.short)…"
        ]
        lines += (manifest.files ?? []).filter { !found.contains($0.name) }
            .map { "\($0.name) is missing" }
        lines += parts.filter { expected[$0.name] != $0 }.map { part in
            expected[part.name] == nil && !expected.isEmpty
                ? "\(part.name) does not belong to it" : "\(part.name) was changed"
        }
        return lines.prefix(10).joined(separator: "\n")
    }

    /// Takes every right on it from everybody but its owner.
    static func restrict(_ path: FilePath) throws(Errno) {
        if path.isFolder {
            try DurableFile.setMode(0o700, of: path)
            for name in try DurableFile.names(in: path) {
                try DurableFile.setMode(0o600, of: path.appending(name))
            }
        } else {
            try DurableFile.setMode(0o600, of: path)
        }
    }
}
