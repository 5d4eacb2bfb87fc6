import Crypto
import HTTPTypes
import Hummingbird
import NIOCore

/// The style sheet and the icon: part of the program, named by their content, so that browsers may
/// keep them for ever.
enum Assets {
    struct Asset: Sendable {
        let path: String
        let type: String
        let bytes: [UInt8]

        init(_ stem: String, _ ending: String, type: String, _ bytes: [UInt8]) {
            let digest = Secrets.digest(String(decoding: bytes, as: UTF8.self)).prefix(10)
            path = "/assets/\(stem)-\(digest).\(ending)"
            self.type = type
            self.bytes = bytes
        }
    }

    static let style = Asset(
        "guests", "css", type: "text/css; charset=utf-8", PackageResources.style_css)
    static let icon = Asset("key", "svg", type: "image/svg+xml", PackageResources.icon_svg)

    static func add(to router: some RouterMethods<HostContext>) {
        for asset in [style, icon] {
            router.get(RouterPath(asset.path)) { _, _ in
                Response(
                    status: .ok,
                    headers: [
                        .contentType: asset.type,
                        .cacheControl: "public, max-age=31536000, immutable",
                    ], body: ResponseBody(byteBuffer: ByteBuffer(bytes: asset.bytes)))
            }
        }
    }
}
