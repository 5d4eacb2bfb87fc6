public import ApusCore
import Foundation

/// What the history knows of the schema that the latest run left.
public enum RecordedSchema: Hashable, Sendable {
    /// There was no run yet.
    case never
    /// The latest run recorded none: it goes on, its process died, it was an older Apus's, or it
    /// could not read the schema.
    case missing(RunID, RunStatus)
    case left(by: RunID, Checksum)

    /// Decides from the row of the latest run that was no backup.
    public init(run: RunID, status: RunStatus, digest: Checksum?) {
        if status != .running, let digest {
            self = .left(by: run, digest)
        } else {
            self = .missing(run, status)
        }
    }
}

extension SchemaSnapshot {
    /// Reads a document that a registry keeps under its digest. Throws `registryForeign` for one that
    /// is damaged or of another format.
    public init(recorded document: String, _ digest: Checksum) throws(DatabaseError) {
        let reason: String
        do throws(SchemaDocumentError) {
            self = try SchemaSnapshot(document: Array(document.utf8))
            if self.digest == digest { return }
            reason = "its digest is \(self.digest.short)…"
        } catch {
            reason = error.reason
        }
        throw DatabaseError(
            .registryForeign,
            "the schema \(digest.short)… in the history cannot be read: \(reason)",
            help: ["the next run that changes something records the schema again"])
    }

    /// Reads a JSON document as ``document`` and `apus schema show --json` write it.
    public init(document: [UInt8]) throws(SchemaDocumentError) {
        do {
            self = try JSONDecoder().decode(SchemaSnapshot.self, from: Data(document))
        } catch let error as DecodingError {
            throw SchemaDocumentError(reason: Self.reason(error))
        } catch {
            throw SchemaDocumentError(reason: "\(error)")
        }
    }

    private static func reason(_ error: DecodingError) -> String {
        switch error {
        case .dataCorrupted(let context), .keyNotFound(_, let context),
            .typeMismatch(_, let context), .valueNotFound(_, let context):
            return context.debugDescription
        @unknown default: return "it is no schema document"
        }
    }
}

/// Why a text is no schema document.
public struct SchemaDocumentError: Error, Hashable, Sendable {
    public var reason: String
}
