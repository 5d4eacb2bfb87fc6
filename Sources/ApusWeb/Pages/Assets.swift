import ApusCore
import HTTPTypes
import Hummingbird
import NIOCore

/// The style sheet and the script: part of the program, named by their content, so that browsers may
/// keep them for ever.
enum Assets {
    struct Asset: Sendable {
        /// `apus-3f2a….css`
        var name: String
        var type: String
        var bytes: [UInt8]

        init(_ stem: String, _ ending: String, type: String, _ bytes: [UInt8]) {
            let digest = Checksum(of: String(decoding: bytes, as: UTF8.self))
            name = "\(stem)-\(digest.short).\(ending)"
            self.type = type
            self.bytes = bytes
        }
    }

    static let style = Asset(
        "apus", "css", type: "text/css; charset=utf-8",
        PackageResources.apus_css + PackageResources.graph_css)
    static let script = Asset(
        "apus", "js", type: "text/javascript; charset=utf-8", PackageResources.apus_js)
    static let icon = Asset("apus", "svg", type: "image/svg+xml", PackageResources.apus_svg)
    static let all = [style, script, icon]
}

/// Assets are the same for everybody: they need no session.
enum AssetRoutes {
    static let routes = Assets.all.map { asset in
        Route(.pages, .get, "/assets/\(asset.name)", .nothing, isShared: true) { _ in
            Response(
                status: .ok,
                headers: [
                    .contentType: asset.type,
                    .cacheControl: "public, max-age=31536000, immutable",
                ], body: ResponseBody(byteBuffer: ByteBuffer(bytes: asset.bytes)))
        }
    }
}
