import ApusEngine
import SystemPackage

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Which other processes have a file open, as far as this one may see: on Linux those of the same
/// user, for root all of them; elsewhere none.
enum OpenFiles {
    static func holders(of paths: [String]) -> [LockHolder] {
        let wanted = Set(paths.compactMap(Identity.init))
        guard !wanted.isEmpty else { return [] }
        return FileFacts.names(in: "/proc").compactMap { Int32($0) }.sorted()
            .filter { $0 != getpid() }
            .filter { process in
                FileFacts.names(in: FilePath("/proc/\(process)/fd")).contains {
                    Identity("/proc/\(process)/fd/\($0)").map(wanted.contains) ?? false
                }
            }
            .map { LockHolder(processID: Int64($0), application: name(of: $0)) }
    }

    private struct Identity: Hashable {
        var device: UInt64
        var file: UInt64

        init?(_ path: String) {
            var facts = stat()
            guard stat(path, &facts) == 0 else { return nil }
            (device, file) = (UInt64(facts.st_dev), UInt64(facts.st_ino))
        }
    }

    private static func name(of process: Int32) -> String? {
        guard let file = try? FileDescriptor.open("/proc/\(process)/comm", .readOnly) else {
            return nil
        }
        defer { _ = try? file.close() }
        var bytes = [UInt8](repeating: 0, count: 64)
        let count = try? bytes.withUnsafeMutableBytes { try file.read(into: $0) }
        return String(decoding: bytes.prefix(count ?? 0), as: UTF8.self)
            .split(whereSeparator: \.isNewline).first.map(String.init)
    }
}
