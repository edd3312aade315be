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
    }

    static func answer(_ call: S3Call) async throws -> DoorResponse {
        let bucket = try call.bucket()
        _ = try await call.objects.access(to: bucket)
        guard let document = try await DocumentBody.read(call, bytesMax: S3Limits.deleteBytesMax, requiresDigest: true) else {
            throw S3Error.missingRequestBody
        }
        let (asked, isQuiet) = try decode(document)
        let items = try await authorised(asked, bucket, call)
        let deletions = items.compactMap { item in
            if case .deletion(let deletion) = item { deletion } else { nil }
        }
        let deleted = try await call.objects.deleteMany(bucket, deletions, context: call.change)
        if let notes = call.notes { note(items, deleted.value, bucket, in: notes) }
        var headers = HTTPFields()
        headers.addPosition(deleted.lsn)
        return S3Reply.xml(encode(items, deleted.value, isQuiet: isQuiet), headers: headers)
    }

    /// With those keys refused that the caller may not delete, and with what it may pass over to delete the others.
    private static func authorised(_ items: [Item], _ bucket: BucketName, _ call: S3Call) async throws -> [Item] {
        var judged: [Item] = []
        judged.reserveCapacity(items.count)
        for item in items {
            guard case .deletion(var deletion) = item else {
                judged.append(item)
                continue
            }
            let action = deletion.version == nil ? DeleteObject.action : DeleteObject.versionAction
            let isAllowed = await call.isAuthorised(action, bucket, deletion.key, version: deletion.version, isNoted: true)
            deletion.bypassesGovernance = try await LockHeaders.bypass(call, bucket, deletion.key)
            judged.append(
                isAllowed
                    ? .deletion(deletion)
                    : .refused(key: deletion.key.string, versionID: deletion.version?.description, .accessDenied))
        }
        return judged
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
            if case .foreign = id { throw S3Error.noSuchVersion(text, version ?? "") }
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

    private static func note(_ items: [Item], _ results: [KeyDeletionResult], _ bucket: BucketName, in notes: LogNotes) {
        var results = results[...]
        for item in items {
            switch item {
            case .refused(let key, let versionID, let error): notes.add(.deletion(bucket, key, versionID, error))
            case .deletion(let deletion):
                let (key, versionID) = (deletion.key.string, deletion.version?.description)
                let error = results.popFirst().map { refusal($0, key, versionID) } ?? .internalError
                notes.add(.deletion(bucket, key, versionID, error))
            }
        }
    }

    /// Nil for a deletion that was done.
    private static func refusal(_ result: KeyDeletionResult, _ key: String, _ versionID: String?) -> S3Error? {
        switch result {
        case .deleted: nil
        case .locked: .lockedVersion
        case .noVersions: .noSuchVersion(key, versionID ?? "")
        case .noSuchKey: .noSuchKey(key)
        case .preconditionFailed(let condition): .preconditionFailed(condition.rawValue)
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
                let result = results.popFirst()
                if case .deleted(let deleted) = result {
                    if !isQuiet { writeDeleted(key, versionID, deleted, to: &xml) }
                } else {
                    let error = result.flatMap { refusal($0, key, versionID) } ?? .internalError
                    writeError(key, versionID, error, to: &xml)
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

extension LogNotes.Change {
    /// `error` is nil for one that was done.
    fileprivate static func deletion(_ bucket: BucketName, _ key: String, _ versionID: String?, _ error: S3Error?) -> LogNotes.Change {
        LogNotes.Change(
            bucket: bucket, key: key, verb: "DELETE", versionID: versionID,
            status: error?.status.code ?? HTTPResponse.Status.noContent.code,
            errorCode: error?.code)
    }
}
