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
        let restored = try await call.objects.restore(
            bucket, key, wish.restoration, version: VersionParameter.optional(call), context: call.change)
        var headers = HTTPFields()
        headers.add(restored.value.version)
        headers.addPosition(restored.lsn)
        return S3Reply.empty(restored.value.wasRestored ? .ok : .accepted, headers: headers)
    }

    /// `<RestoreRequest>`.
    private struct Wish {
        /// A whole number of 32 bits, as AWS's clients have it.
        private static let daysRange: ClosedRange<Int64> = 1...Int64(Int32.max)

        private static let speeds: [String: Restoration.Speed] = ["Standard": .standard, "Bulk": .bulk, "Expedited": .expedited]

        let restoration: Restoration

        /// Throws `MalformedXML`, `NotImplemented` for queries over archives.
        init(_ document: XMLElement) throws(S3Error) {
            guard document.name == "RestoreRequest" else { throw .malformedXML }
            var days: Int64?
            var speed = Restoration.Speed.standard
            for child in document.children {
                switch child.name {
                case "Days":
                    guard let number = Int64(child.text), Self.daysRange.contains(number) else { throw .malformedXML }
                    days = number
                case "GlacierJobParameters":
                    guard let name = child["Tier"]?.text, let named = Self.speeds[name] else { throw .malformedXML }
                    speed = named
                case "Tier":
                    guard let named = Self.speeds[child.text] else { throw .malformedXML }
                    speed = named
                case "Description": break
                case "Type", "SelectParameters", "OutputLocation": throw .notImplemented(operation: "RestoreObject with \(child.name)")
                default: throw .malformedXML
                }
            }
            guard let days else { throw .malformedXML }
            restoration = Restoration(days: days, speed: speed)
        }
    }
}

extension S3Error {
    static let retrievalNotOffered = S3Error(
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
