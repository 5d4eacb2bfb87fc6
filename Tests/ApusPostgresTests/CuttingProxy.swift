import Glibc
import Synchronization

/// Stands between a client and a server, and cuts the connection once when the client sends COMMIT.
final class CuttingProxy: Sendable {
    enum Cut { case beforeTheServerHears, beforeTheClientHears }

    let port: UInt16
    private let listener: Int32
    private let cut: Mutex<Cut?>

    init(to serverPort: UInt16, cutting cut: Cut) {
        self.cut = Mutex(cut)
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = Self.loopback(0)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        withUnsafeMutableBytes(of: &address) { bytes in
            let pointer = bytes.baseAddress!.assumingMemoryBound(to: sockaddr.self)
            precondition(bind(listener, pointer, length) == 0)
            precondition(listen(listener, 16) == 0)
            precondition(getsockname(listener, pointer, &length) == 0)
        }
        port = UInt16(bigEndian: address.sin_port)
        self.listener = listener
        Self.thread {
            while case let client = accept(listener, nil, nil), client >= 0 {
                self.serve(client, serverPort)
            }
        }
    }

    func close() { shutdown(listener, Int32(SHUT_RDWR)) }

    private func serve(_ client: Int32, _ serverPort: UInt16) {
        let server = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = Self.loopback(serverPort)
        withUnsafeBytes(of: &address) { bytes in
            let pointer = bytes.baseAddress!.assumingMemoryBound(to: sockaddr.self)
            precondition(connect(server, pointer, socklen_t(bytes.count)) == 0)
        }
        let isCut = Flag()
        Self.thread {
            Self.pump(from: server, to: client) { _ in isCut.isSet ? .drop : .pass }
        }
        Self.thread {
            Self.pump(from: client, to: server) { bytes in
                // As a command of a flight, which begins with a name that is empty.
                guard String(decoding: bytes, as: UTF8.self).contains("\0COMMIT\0") else {
                    return .pass
                }
                switch self.cut.withLock({ cut in
                    defer { cut = nil }
                    return cut
                }) {
                case nil: return .pass
                case .beforeTheServerHears: return .drop
                case .beforeTheClientHears:
                    isCut.set()
                    return .pass
                }
            }
        }
    }

    private enum Verdict { case pass, drop }

    /// Passes bytes on until an end closes or one piece is to be dropped, which closes both.
    private static func pump(
        from source: Int32, to sink: Int32, _ judge: (ArraySlice<UInt8>) -> Verdict
    ) {
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while case let count = read(source, &buffer, buffer.count), count > 0 {
            guard judge(buffer[..<count]) == .pass else { break }
            guard send(sink, buffer, count, Int32(MSG_NOSIGNAL)) == count else { break }
        }
        shutdown(source, Int32(SHUT_RDWR))
        shutdown(sink, Int32(SHUT_RDWR))
    }

    private static func loopback(_ port: UInt16) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return address
    }

    private static func thread(_ body: @escaping @Sendable () -> Void) {
        var thread = pthread_t()
        let box = Unmanaged.passRetained(Body(body))
        pthread_create(
            &thread, nil,
            { context in
                Unmanaged<Body>.fromOpaque(context!).takeRetainedValue().run()
                return nil
            }, box.toOpaque())
        pthread_detach(thread)
    }

    private final class Body: Sendable {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    private final class Flag: Sendable {
        private let value = Mutex(false)
        var isSet: Bool { value.withLock { $0 } }
        func set() { value.withLock { $0 = true } }
    }
}
