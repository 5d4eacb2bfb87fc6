import Foundation

extension String {
    /// As one value of a query: everything but letters, digits and `-._~/` is percent-encoded.
    var queryEncoded: String {
        var allowed = CharacterSet(charactersIn: "-._~/")
        allowed.insert(
            charactersIn: "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
        return addingPercentEncoding(withAllowedCharacters: allowed) ?? ""
    }

    /// As one part of a path.
    var pathEncoded: String { queryEncoded.replacing("/", with: "%2F") }
}
