import AWSWire
import Doors
import HTTPTypes
import Identity
import Model
import NIOCore
import Objects
import StoragePorts

/// https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html
enum DeleteObjects {
    /// One `<Object>` of the request, in order: what the domain is asked for, or why it is not.
    private enum Item {
        case deletion(KeyDeletion)
        case refused(key: String, versionID: String?, S3Error)

        var hasVersion: Bool {
            if case .deletion(let deletion) = self { deletion.version != nil } else { false }
        }
    }

    static func answer(_ call: S3Call) async throws -> DoorResponse {
        let bucket = try call.bucket()
        try await call.authorise(DeleteObject.action, bucket)
        guard let document = try await DocumentBody.read(call, bytesMax: S3Limits.deleteBytesMax, requiresDigest: true) else {
            throw S3Error.missingRequestBody
        }
        let (items, isQuiet) = try decode(document)
        if items.contains(where: \.hasVersion) { try await call.authorise(DeleteObject.versionAction, bucket) }
        let deletions = items.compactMap { item in
            if case .deletion(let deletion) = item { deletion } else { nil }
        }
        let deleted = try await call.objects.deleteMany(
            bucket, deletions, bypassGovernance: try await LockHeaders.bypass(call, bucket, nil), context: call.change)
        var headers = HTTPFields()
        headers.addPosition(deleted.lsn)
        return S3Reply.xml(encode(items, deleted.value, isQuiet: isQuiet), headers: headers)
    }

    private static func decode(_ document: XMLElement) throws(S3Error) -> ([Item], isQuiet: Bool) {
        let objects = document.children(named: "Object")
        guard document.name == "Delete", !objects.isEmpty, objects.count <= ObjectsLimits.deletesPerRequestMax else {
            throw .malformedXML
        }
        var items: [Item] = []
        items.reserveCapacity(objects.count)
        for object in objects { items.append(try item(object)) }
        return (items, document["Quiet"]?.text.trimmed.lowercased() == "true")
    }

    private static func item(_ object: XMLElement) throws(S3Error) -> Item {
        guard let text = object["Key"]?.text else { throw .malformedXML }
        let version = object["VersionId"]?.text
        do throws(S3Error) {
            guard !text.isEmpty else { throw S3Error.userKeyMustBeSpecified }
            guard let key = ObjectKey(text) else { throw S3Error.keyTooLong(text.utf8.count, max: ObjectKey.bytesMax) }
            let id = try version.map { (text) throws(S3Error) in try VersionParameter.decode(text) }
            var condition = DeleteCondition.none
            condition.ifMatch = object["ETag"].map { ConditionHeaders.tags($0.text) }
            condition.size = try object["Size"].map { (size) throws(S3Error) in try ConditionHeaders.size(size.text, "Size") }
            condition.lastModified = try object["LastModifiedTime"].map { (time) throws(S3Error) in
                try ConditionHeaders.time(time.text, "LastModifiedTime")
            }
            return .deletion(KeyDeletion(key: key, version: id, condition: condition))
        } catch {
            return .refused(key: text, versionID: version, error)
        }
    }

    private static func encode(_ items: [Item], _ results: [KeyDeletionResult], isQuiet: Bool) -> ByteBuffer {
        var results = results[...]
        var xml = XMLWriter()
        xml.open("DeleteResult", xmlns: S3Reply.namespace)
        for item in items {
            switch item {
            case .refused(let key, let versionID, let error):
                writeError(key, versionID, error, to: &xml)
            case .deletion(let deletion):
                let key = deletion.key.string
                let versionID = deletion.version?.description
                switch results.popFirst() {
                case .deleted(let deleted): if !isQuiet { writeDeleted(key, versionID, deleted, to: &xml) }
                case .locked: writeError(key, versionID, .lockedVersion, to: &xml)
                case .noVersions: writeError(key, versionID, VersionParameter.invalid(versionID ?? ""), to: &xml)
                case .noSuchKey: writeError(key, versionID, .noSuchKey(key), to: &xml)
                case .preconditionFailed(let condition):
                    writeError(key, versionID, .preconditionFailed(condition.rawValue), to: &xml)
                case nil: writeError(key, versionID, .internalError, to: &xml)
                }
            }
        }
        xml.close("DeleteResult")
        return xml.finish()
    }

    private static func writeDeleted(_ key: String, _ versionID: String?, _ deleted: Deletion, to xml: inout XMLWriter) {
        xml.open("Deleted")
        xml.element("Key", key)
        if let versionID { xml.element("VersionId", versionID) }
        if deleted.isDeleteMarker, let marker = deleted.version {
            xml.element("DeleteMarker", true)
            xml.element("DeleteMarkerVersionId", marker.description)
        }
        xml.close("Deleted")
    }

    private static func writeError(_ key: String, _ versionID: String?, _ error: S3Error, to xml: inout XMLWriter) {
        xml.open("Error")
        xml.element("Key", key)
        if let versionID { xml.element("VersionId", versionID) }
        xml.element("Code", error.wire.code)
        xml.element("Message", error.wire.message)
        xml.close("Error")
    }
}
