import Hummingbird
import Logging
import NIOCore

/// A request's context: where it came from, and who sent it.
struct HostContext: RequestContext, RemoteAddressRequestContext {
    var coreContext: CoreRequestContextStorage
    let remoteAddress: SocketAddress?
    var session: Sessions.Session?
    /// The path asked for, which the navigation marks.
    var path = ""

    let maxUploadSize = 65_536

    init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        remoteAddress = source.channel.remoteAddress
    }
}
