import HTTPTypes
import Hummingbird
import NIOCore

/// `GET /api/openapi.json`: the description of this API, with its address as it is mounted.
enum OpenAPI {
    static let routes = [
        Route(.api, .get, "/openapi.json", .look) { exchange in
            Response(
                status: .ok, headers: [.contentType: "application/json"],
                body: ResponseBody(
                    byteBuffer: ByteBuffer(string: text(api: exchange.site.configuration.api))))
        }
    ]

    static func text(api: String) -> String {
        String(decoding: PackageResources.openapi_json, as: UTF8.self)
            .replacing("\"url\": \"/api\"", with: "\"url\": \"\(api)\"")
    }
}
