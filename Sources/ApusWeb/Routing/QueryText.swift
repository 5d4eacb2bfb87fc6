import Foundation

extension String {
    /// As one value of a query: everything but letters, digits and `-._~/` is percent-encoded.
    var queryEncoded: String {
        addingPercentEncoding(withAllowedCharacters: Self.allowedInQueries) ?? ""
    }

    private static let allowedInQueries = CharacterSet(
        charactersIn: "-._~/abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")

    /// As one part of a path.
    var pathEncoded: String { queryEncoded.replacing("/", with: "%2F") }
}
