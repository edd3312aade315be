import AWSWire
import Doors
import HTTPTypes
import Identity
import Model
import Objects
import StoragePorts

/// https://docs.aws.amazon.com/AmazonS3/latest/API/API_RestoreObject.html
enum RestoreObject {
    private static let action = Action.s3("RestoreObject")

    static func answer(_ call: S3Call) async throws -> DoorResponse {
        let (bucket, key) = try call.object()
        try await call.authorise(action, bucket, key)
        guard let document = try await DocumentBody.read(call, bytesMax: S3Limits.configurationBytesMax) else { throw S3Error.malformedXML }
        let wish = try Wish(document)
        let version = try VersionParameter.optional(call)
        let info = try await call.objects.lookup(bucket, key, version.map { .version($0) } ?? .current).info
        if wish.tier == .expedited, info.attributes.storageClass == .deepArchive { throw S3Error.retrievalNotOffered }
        let restored = try await call.objects.restore(bucket, key, days: wish.days, version: info.version, context: call.change)
        var headers = HTTPFields()
        headers.add(restored.value.version)
        headers.addPosition(restored.lsn)
        return S3Reply.empty(restored.value.wasRestored ? .ok : .accepted, headers: headers)
    }

    /// How fast it may be; here all are at once.
    private enum Tier: String {
        case standard = "Standard"
        case bulk = "Bulk"
        case expedited = "Expedited"
    }

    /// `<RestoreRequest>`.
    private struct Wish {
        /// A whole number of 32 bits, as AWS's clients have it.
        private static let daysRange: ClosedRange<Int64> = 1...Int64(Int32.max)

        let days: Int64
        var tier = Tier.standard

        /// Throws `MalformedXML`, `NotImplemented` for queries over archives.
        init(_ document: XMLElement) throws(S3Error) {
            guard document.name == "RestoreRequest" else { throw .malformedXML }
            var days: Int64?
            for child in document.children {
                switch child.name {
                case "Days":
                    guard let number = Int64(child.text), Self.daysRange.contains(number) else { throw .malformedXML }
                    days = number
                case "GlacierJobParameters":
                    guard let name = child["Tier"]?.text, let tier = Tier(rawValue: name) else { throw .malformedXML }
                    self.tier = tier
                case "Tier":
                    guard let tier = Tier(rawValue: child.text) else { throw .malformedXML }
                    self.tier = tier
                case "Description": break
                case "Type", "SelectParameters", "OutputLocation": throw .notImplemented(operation: "RestoreObject with \(child.name)")
                default: throw .malformedXML
                }
            }
            guard let days else { throw .malformedXML }
            self.days = days
        }
    }
}

extension S3Error {
    fileprivate static let retrievalNotOffered = S3Error(
        .badRequest, "InvalidArgument", "Retrieval option is not supported by this storage class")
    static func archived(_ storageClass: StorageClass) -> S3Error {
        invalidState("The operation is not valid for the object's storage class", storageClass)
    }
    static func archivedSource(_ storageClass: StorageClass) -> S3Error {
        invalidState("Operation is not valid for the source object's storage class", storageClass)
    }
    static func notArchived(_ storageClass: StorageClass) -> S3Error {
        invalidState("Restore is not allowed for the object's current storage class", storageClass)
    }
    private static func invalidState(_ message: String, _ storageClass: StorageClass) -> S3Error {
        S3Error(.forbidden, "InvalidObjectState", message, [("StorageClass", storageClass.wireName)])
    }
}
