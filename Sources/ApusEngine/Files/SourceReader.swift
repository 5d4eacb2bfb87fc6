import ApusCore
import Foundation
import SystemPackage

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Reads a migration file once, so that what was checked is what runs.
///
/// A small file is read into memory. A large one is copied to a nameless temporary file and mapped:
/// nobody can change it any more, and it takes no memory of its own.
enum SourceReader {
    /// Files above this many bytes are mapped.
    static let mappedAbove = 16 << 20

    static func read(_ path: FilePath) throws(Diagnostic) -> MigrationSource {
        do {
            // Without blocking, so that nobody waits for the writer of a pipe that lies there.
            let file = try FileDescriptor.open(path, .readOnly, options: [.nonBlocking])
            defer { try? file.close() }
            let size = try file.seek(offset: 0, from: .end)
            _ = try file.seek(offset: 0, from: .start)
            if size > mappedAbove { return try map(file, path) }
            return MigrationSource(
                path: path.string, bytes: try readAll(file, expecting: Int(size)))
        } catch let error as Errno {
            throw Diagnostic(
                .fileUnreadable, "\(path) cannot be read: \(error.description)",
                at: SourceLocation(file: path.string, line: 1))
        } catch {
            throw Diagnostic(
                .fileUnreadable, "\(path) cannot be read: \(error)",
                at: SourceLocation(file: path.string, line: 1))
        }
    }

    private static func readAll(_ file: FileDescriptor, expecting size: Int) throws -> [UInt8] {
        // One byte more than expected, so that the end is met in the same buffer.
        var bytes = [UInt8](repeating: 0, count: size + 1)
        var end = 0
        while true {
            if end == bytes.count { bytes.append(contentsOf: repeatElement(0, count: 1 << 16)) }
            let count = try bytes.withUnsafeMutableBytes { buffer in
                try file.read(into: UnsafeMutableRawBufferPointer(rebasing: buffer[end...]))
            }
            guard count > 0 else { break }
            end += count
        }
        bytes.removeLast(bytes.count - end)
        return bytes
    }

    private static func map(_ file: FileDescriptor, _ path: FilePath) throws -> MigrationSource {
        let copyPath = FilePath(NSTemporaryDirectory()).appending("apus-\(UUID().uuidString).sql")
        let copy = try FileDescriptor.open(
            copyPath, .readWrite, options: [.create, .exclusiveCreate],
            permissions: [.ownerReadWrite])
        defer { try? copy.close() }
        guard unlink(copyPath.string) == 0 else { throw Errno(rawValue: errno) }
        var chunk = [UInt8](repeating: 0, count: 1 << 20)
        var size = 0
        while true {
            let count = try chunk.withUnsafeMutableBytes { try file.read(into: $0) }
            if count == 0 { break }
            try chunk.withUnsafeBytes { buffer in
                _ = try copy.writeAll(buffer[0..<count])
            }
            size += count
        }
        guard let address = mmap(nil, size, PROT_READ, MAP_PRIVATE, copy.rawValue, 0),
            address != MAP_FAILED
        else { throw Errno(rawValue: errno) }
        let mapping = Mapping(address: address, size: size)
        return MigrationSource(path: path.string, mapped: mapping.buffer, owner: mapping)
    }
}

/// A read-only memory mapping that ends with its last reference.
///
/// `@unchecked Sendable` because the mapped bytes belong to a file without a name and are never
/// written.
private final class Mapping: @unchecked Sendable {
    let buffer: UnsafeRawBufferPointer

    init(address: UnsafeMutableRawPointer, size: Int) {
        buffer = UnsafeRawBufferPointer(start: address, count: size)
    }

    deinit {
        munmap(UnsafeMutableRawPointer(mutating: buffer.baseAddress), buffer.count)
    }
}
