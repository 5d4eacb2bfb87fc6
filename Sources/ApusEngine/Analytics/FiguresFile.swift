public import ApusCore
import Foundation

/// Files that `apus analytics --json` wrote elsewhere.
public enum FiguresFile {
    /// The figures of the database that the file was written for.
    ///
    /// Throws `file-unreadable`, and `analytics-file-invalid` for anything else than such a document.
    public static func read(_ path: String) throws(Diagnostics) -> EnvironmentFigures {
        let data: Data
        do {
            data = try Data(contentsOf: URL(fileURLWithPath: path))
        } catch {
            throw Diagnostics([
                Diagnostic(
                    .fileUnreadable, "\(path) cannot be read: \(error.localizedDescription)")
            ])
        }
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        do {
            let head = try decoder.decode(Head.self, from: data)
            guard head.format == format else {
                throw invalid(path, "its format is \(head.format), and not \(format)")
            }
            return try decoder.decode(FiguresDocument.self, from: data).figures()
        } catch let problems as Diagnostics {
            throw problems
        } catch let unreadable as FiguresDocument.Unreadable {
            throw invalid(path, "\"\(unreadable.text)\" is not what should stand there")
        } catch DecodingError.keyNotFound(let key, _) {
            throw invalid(path, "`\(key.stringValue)` is missing")
        } catch DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(
            _, let context)
        {
            let place = context.codingPath.map(\.stringValue).joined(separator: ".")
            throw invalid(path, "`\(place)` is not what should stand there")
        } catch {
            throw invalid(path, "it is no JSON")
        }
    }

    package static let format = "apus.analytics/1"

    private struct Head: Decodable {
        var format: String
    }

    private static func invalid(_ path: String, _ reason: String) -> Diagnostics {
        Diagnostics([
            Diagnostic(
                .analyticsFileInvalid,
                "\(path) is no document of analytics: \(reason)",
                help: ["write it again, where that database is: apus analytics --json > FILE"])
        ])
    }
}
