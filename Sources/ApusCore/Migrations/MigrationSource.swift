/// The bytes of one migration file, read once, and the name they came under.
///
/// What was checked is what runs: parser, checksum and driver all look at these same bytes. A large
/// file is mapped into memory instead of copied, which is why the bytes sit behind a reference.
public struct MigrationSource: Sendable {
    /// The file as diagnostics name it.
    public let path: String
    private let storage: Storage

    /// Copies nothing: the array's storage is shared.
    public init(path: String, bytes: [UInt8]) {
        self.path = path
        self.storage = .array(bytes)
    }

    /// Takes over memory that stays valid and unchanged until `owner` is released.
    public init(path: String, mapped: UnsafeRawBufferPointer, owner: any AnyObject & Sendable) {
        self.path = path
        self.storage = .mapped(MappedBytes(buffer: mapped, owner: owner))
    }

    public var count: Int {
        switch storage {
        case .array(let bytes): bytes.count
        case .mapped(let mapped): mapped.buffer.count
        }
    }

    /// Runs `body` with the bytes in place; the buffer must not leave the closure.
    public func withBytes<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        switch storage {
        case .array(let bytes):
            return try Self.borrow(bytes, body)
        case .mapped(let mapped):
            return try body(mapped.buffer)
        }
    }

    /// Runs `body` with the bytes as a span, for the lexer and the splitter.
    public func withSpan<Result, Failure: Error>(
        _ body: (Span<UInt8>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try withBytes { (buffer) throws(Failure) in
            try body(buffer.bindMemory(to: UInt8.self).span)
        }
    }

    /// The text of a range of bytes; invalid UTF-8 becomes replacement characters.
    public func text(_ range: Range<Int>) -> String {
        withBytes { String(decoding: $0[range], as: UTF8.self) }
    }

    /// The whole text.
    public var text: String { text(0..<count) }

    /// A copy of a range of bytes.
    public func bytes(_ range: Range<Int>) -> [UInt8] {
        withBytes { [UInt8]($0[range]) }
    }

    private static func borrow<Result, Failure: Error>(
        _ bytes: [UInt8], _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        // `Array.withUnsafeBytes` only rethrows untyped errors: carry the typed one out by value.
        let outcome: Swift.Result<Result, Failure> = bytes.withUnsafeBytes { buffer in
            do throws(Failure) {
                return .success(try body(buffer))
            } catch {
                return .failure(error)
            }
        }
        return try outcome.get()
    }

    private enum Storage: Sendable {
        case array([UInt8])
        case mapped(MappedBytes)
    }
}

/// Memory that somebody else keeps alive.
///
/// `@unchecked Sendable` because the bytes are never written after construction, and `owner`, which
/// keeps them mapped, is itself `Sendable`.
private final class MappedBytes: @unchecked Sendable {
    let buffer: UnsafeRawBufferPointer
    private let owner: any AnyObject & Sendable

    init(buffer: UnsafeRawBufferPointer, owner: any AnyObject & Sendable) {
        self.buffer = buffer
        self.owner = owner
    }
}
