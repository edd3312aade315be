import AWSWire
import Bytes
import HTTPTypes
import Identity
import JSON
import Model
import NIOCore
import Objects

/// One change of a batch, decoded and authorised as the operation of its own that it stands for.
enum BatchEntry {
    private static let members: [String: Set<String>] = [
        "put": ["content", "contentBase64", "contentType", "metadata", "headers", "upload", "parts", "ifMatch", "ifNoneMatch"],
        "copy": ["source", "headers", "ifMatch", "ifNoneMatch", "sourceIfMatch"],
        "rename": ["source", "ifMatch", "ifNoneMatch", "sourceIfMatch"],
        "delete": ["versionId", "ifMatch", "bypassGovernance"],
    ]
    private static let common: Set<String> = ["op", "bucket", "key"]

    /// As a log's line names the change: `DELETE`.
    static func verb(_ entry: JSONObject) -> String {
        let operation = entry["op"]?.string ?? ""
        return members[operation] == nil ? "CHANGE" : operation.uppercased()
    }

    /// `bucket` is the request's, for entries that name none.
    static func change(_ entry: JSONObject, _ bucket: BucketName, _ call: S3Call) async throws -> BatchChange {
        guard let operation = entry["op"]?.string, let known = members[operation] else {
            throw S3Error.malformedBatch("\"op\" must be put, copy, rename or delete.")
        }
        if let stray = entry.members.first(where: { !known.contains($0.name) && !common.contains($0.name) }) {
            throw S3Error.malformedBatch("\"\(stray.name)\" has no meaning for \(operation).")
        }
        let bucket = try entry["bucket"].map { try name($0) } ?? bucket
        let key = try key(entry, "key")
        switch operation {
        case "put": return try await entry["upload"] == nil ? put(entry, bucket, key, call) : complete(entry, bucket, key, call)
        case "copy": return try await copy(entry, bucket, key, call)
        case "rename": return try await rename(entry, bucket, key, call)
        default: return try await delete(entry, bucket, key, call)
        }
    }

    private static func put(_ entry: JSONObject, _ bucket: BucketName, _ key: ObjectKey, _ call: S3Call) async throws -> BatchChange {
        let call = try call.standing(for: .putObject, bucket, key, try BatchHeaders.decode(entry, ofCopy: false))
        let new = try await NewObject(call, bucket, key)
        var attributes = new.attributes
        attributes.metadata = try metadata(entry)
        let condition = try writeCondition(entry)
        let gate = try await AdmissionGate(call, bucket, key)
        let seal = try await call.objects.seal(try EncryptionHeaders.choice(call), of: bucket, key)
        let intake = call.objects.intake(digests: [PutObject.defaultChecksum], seal: seal)
        let content = ByteBuffer(bytes: try content(entry))
        gate.see(content)
        try await gate.admit(size: Int64(content.readableBytes), contentType: attributes.headers.contentType)
        try await intake.write(content)
        return .put(
            PutRequest(
                bucket: bucket, key: key, payload: try await intake.finish(), attributes: attributes,
                checksum: PutObject.defaultChecksum, condition: condition, lock: new.lock, context: call.change))
    }

    private static func complete(
        _ entry: JSONObject, _ bucket: BucketName, _ key: ObjectKey, _ call: S3Call
    ) async throws -> BatchChange {
        let ofContent = ["content", "contentBase64", "contentType", "metadata", "headers"]
        guard ofContent.allSatisfy({ entry[$0] == nil }) else {
            throw S3Error.malformedBatch("An upload has its content, metadata and headers already.")
        }
        let call = try call.standing(for: .completeMultipartUpload, bucket, key, try BatchHeaders.decode(entry, ofCopy: false))
        try await call.authorise(PutObject.action, bucket, key)
        let text = entry["upload"]?.string ?? ""
        guard let id = UploadID(text) else { throw S3Error.noSuchUpload(text) }
        try await AdmissionGate(call, bucket, key).admitUnseen(size: nil, contentType: nil)
        return .complete(
            CompleteRequest(
                bucket: bucket, key: key, upload: id, parts: try parts(entry), condition: try writeCondition(entry), context: call.change))
    }

    private static func copy(_ entry: JSONObject, _ bucket: BucketName, _ key: ObjectKey, _ call: S3Call) async throws -> BatchChange {
        guard entry["source"]?.string != nil else { throw S3Error.malformedBatch("\"source\" must be BUCKET/KEY, percent-encoded.") }
        let call = try call.standing(for: .copyObject, bucket, key, try BatchHeaders.decode(entry, ofCopy: true))
        return .copy(try await CopyObject.request(call, bucket, key, try writeCondition(entry)))
    }

    private static func rename(_ entry: JSONObject, _ bucket: BucketName, _ key: ObjectKey, _ call: S3Call) async throws -> BatchChange {
        let source = try self.key(entry, "source")
        let call = try call.standing(for: .renameObject, bucket, key, try BatchHeaders.decode(entry, ofCopy: false))
        let carried = try await RenameObject.authorise(call, bucket, source, key)
        try await AdmissionGate(call, bucket, key).admitRename(from: source, in: bucket, nil)
        let condition = try writeCondition(entry)
        return .rename(
            RenameRequest(
                bucket: bucket, source: source, key: key,
                sourceConditions: ReadConditions(ifMatch: try tags(entry, "sourceIfMatch")),
                conditions: ReadConditions(ifMatch: condition.ifMatch, ifNoneMatch: condition.ifNoneMatch),
                mayCarryTags: carried.mayCarryTags, mayCarryGrants: carried.mayCarryGrants, context: call.change))
    }

    private static func delete(_ entry: JSONObject, _ bucket: BucketName, _ key: ObjectKey, _ call: S3Call) async throws -> BatchChange {
        let version = try entry["versionId"].map { try VersionParameter.decode($0.string ?? "") }
        var headers = try BatchHeaders.decode(entry, ofCopy: false)
        if let value = entry["bypassGovernance"] {
            guard let bypass = value.bool else { throw S3Error.malformedBatch("\"bypassGovernance\" must be true or false.") }
            headers[.amzBypassGovernanceRetention] = String(bypass)
        }
        let call = try call.standing(for: .deleteObject, bucket, key, headers, version: version)
        try await call.authorise(version == nil ? DeleteObject.action : DeleteObject.versionAction, bucket, key)
        let deletion = KeyDeletion(
            key: key, version: version, condition: DeleteCondition(ifMatch: try tags(entry, "ifMatch")),
            bypassesGovernance: try await LockHeaders.bypass(call, bucket, key))
        return .delete(bucket, deletion)
    }

    private static func name(_ value: JSONValue) throws(S3Error) -> BucketName {
        guard let name = BucketName(value.string ?? "") else { throw .invalidBucketName(value.string ?? "") }
        return name
    }

    private static func key(_ entry: JSONObject, _ member: String) throws(S3Error) -> ObjectKey {
        guard let text = entry[member]?.string, !text.isEmpty else { throw .malformedBatch("\"\(member)\" must be a key.") }
        guard let key = ObjectKey(text) else { throw .keyTooLong(text.utf8.count, max: ObjectKey.bytesMax) }
        return key
    }

    private static func tags(_ entry: JSONObject, _ member: String) throws(S3Error) -> ETagMatch? {
        guard let value = entry[member] else { return nil }
        guard let text = value.string, !text.isEmpty else { throw .malformedBatch("\"\(member)\" must be an entity tag.") }
        return ConditionHeaders.tags(text)
    }

    private static func writeCondition(_ entry: JSONObject) throws(S3Error) -> WriteCondition {
        let ifNoneMatch = try tags(entry, "ifNoneMatch")
        if let ifNoneMatch, ifNoneMatch != .any { throw .malformedBatch("\"ifNoneMatch\" must be \"*\".") }
        return WriteCondition(ifMatch: try tags(entry, "ifMatch"), ifNoneMatch: ifNoneMatch)
    }

    private static func content(_ entry: JSONObject) throws(S3Error) -> [UInt8] {
        switch (entry["content"], entry["contentBase64"]) {
        case (.string(let text)?, nil): return Array(text.utf8)
        case (nil, .string(let text)?):
            guard let bytes = Base64.decode(text) else { throw .malformedBatch("\"contentBase64\" must be Base64.") }
            return bytes
        default: throw .malformedBatch("A put has an \"upload\", a \"content\" or a \"contentBase64\", each a text.")
        }
    }

    private static func metadata(_ entry: JSONObject) throws(S3Error) -> [UserMetadata] {
        guard let value = entry["metadata"] else { return [] }
        var metadata: [UserMetadata] = []
        var size = 0
        for member in value.object?.members ?? [] {
            guard let text = member.value.string else { throw .malformedBatch("\"metadata\" must be an object of texts.") }
            guard HTTPField.Name(AttributeHeaders.metadataPrefix + member.name) != nil, HTTPField.isValidValue(text) else {
                throw .malformedBatch("\"\(member.name)\" or its text cannot be a header's.")
            }
            size += member.name.utf8.count + text.utf8.count
            metadata.append(UserMetadata(name: member.name.lowercased(), value: text))
        }
        guard value.object != nil else { throw .malformedBatch("\"metadata\" must be an object of texts.") }
        guard size <= S3Limits.metadataBytesMax else { throw .metadataTooLarge(size, max: S3Limits.metadataBytesMax) }
        return metadata
    }

    private static func parts(_ entry: JSONObject) throws(S3Error) -> [ListedPart] {
        var parts: [ListedPart] = []
        for part in entry["parts"]?.array ?? [] {
            guard let number = part.object?["number"]?.int64, let etag = part.object?["etag"]?.string,
                let number = Int(exactly: number), ObjectsLimits.partNumbers.contains(number)
            else { throw .malformedBatch("A part is {\"number\": 1 to 10000, \"etag\": ...}.") }
            parts.append(ListedPart(number: number, etag: ETag(etag)))
        }
        guard !parts.isEmpty else { throw .malformedBatch("\"parts\" must list the upload's parts.") }
        return parts
    }
}
